//! The coding of a request whose body is read.

use api::{AlsoCoded, CodeRequest, CodeRequestError, CodedRecord, Problem, RecordProblem};
use classifier::{ClassifyError, Input, LoadedModel, Models};
use domain::{
    Code, CodeStatus, Coding, Correspondence, Field, Model, Record, Scored, Scores, Selection,
};

/// Codes the records of a request with a model, and with those of the further topics it asks for.
pub(crate) fn code<'a>(
    models: &'a Models,
    model: &'a Model,
    request: &'a CodeRequest,
) -> Result<Vec<CodedRecord<'a>>, Problem> {
    let further = further_models(models, model, request)?;
    let mut main = Coder::new(models, model, request)?;
    main.heed_answers().map_err(|error| Problem::of_request(&error))?;
    let mut others = Vec::with_capacity(further.len());
    for (model, correspondence) in further {
        others.push((Coder::new(models, model, request)?, correspondence));
    }
    let mut coded = Vec::with_capacity(request.records.len());
    for (record, scores) in request.records.iter().zip(&main.scores) {
        let coding = main.coding(record, scores);
        let mut also = Vec::with_capacity(others.len());
        for (other, correspondence) in &others {
            let linked =
                other.coding_linked_with(&coding, coded.len(), &model.topic, correspondence);
            also.push(AlsoCoded::new(other.model, other.explained(record, linked)?));
        }
        let follow_up = if request.follow_up { main.scored(scores).follow_up() } else { None };
        let coding = main.explained(record, coding)?;
        coded.push(CodedRecord::new(record, coding).with_also(also).with_follow_up(follow_up));
    }
    Ok(coded)
}

/// The models of the further topics that a request asks for, with the correspondences to them.
fn further_models<'a>(
    models: &'a Models,
    model: &Model,
    request: &CodeRequest,
) -> Result<Vec<(&'a Model, &'a Correspondence)>, Problem> {
    let mut further: Vec<(&Model, &Correspondence)> = Vec::new();
    for (place, topic) in request.also_code.iter().enumerate() {
        let refused =
            |what| Problem::new(&CodeRequestError::Shape(format!("alsoCode[{place}] {what}")));
        if *topic == model.topic {
            return Err(refused("is the topic that is coded to anyway"));
        }
        if models.registry().topic(topic).is_none() {
            return Err(refused("is not the name of a topic"));
        }
        if further.iter().any(|(other, _)| other.topic == *topic) {
            return Err(refused("names a topic again"));
        }
        let correspondence = models.correspondence()?;
        if !correspondence.joins(&model.topic, topic) {
            return Err(refused("has no correspondence with the topic that is coded to"));
        }
        further.push((models.registry().select(topic, Selection::Latest)?, correspondence));
    }
    Ok(further)
}

/// A model at work on the records of a request.
struct Coder<'a> {
    request: &'a CodeRequest,
    model: &'a Model,
    loaded: &'a LoadedModel,
    /// Of each record.
    scores: Vec<Scores>,
}

impl<'a> Coder<'a> {
    fn new(
        models: &'a Models,
        model: &'a Model,
        request: &'a CodeRequest,
    ) -> Result<Self, Problem> {
        let loaded = models.get(model)?;
        let inputs: Vec<Input<'_>> = request.records.iter().map(Input::from).collect();
        Ok(Self { request, model, loaded, scores: loaded.classifier.classify(&inputs)? })
    }

    /// Takes the records' answers to their follow-up questions for true.
    fn heed_answers(&mut self) -> Result<(), CodeRequestError> {
        let mut problems = Vec::new();
        for (index, record) in self.request.records.iter().enumerate() {
            let Some(answer) = record.follow_up_answer() else { continue };
            match self.scored(&self.scores[index]).answered(answer) {
                Ok(scores) => self.scores[index] = scores,
                Err(error) => problems.push(RecordProblem {
                    index,
                    record_id: record.id().cloned(),
                    field: Field::FollowUpAnswer,
                    detail: error.to_string(),
                }),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(CodeRequestError::Malformed(problems)) }
    }

    fn scored<'s>(&'s self, scores: &'s Scores) -> Scored<'s> {
        let classification = &self.loaded.classification;
        Scored { scores, classification, threshold: self.model.threshold }
    }

    /// Once a person has answered, the deepest sure code within the answer is the answer: it is a
    /// code in any case.
    fn coding(&self, record: &Record, scores: &Scores) -> Coding {
        let suggestions = self.request.suggestions;
        if self.request.is_single && record.follow_up_answer().is_none() {
            self.scored(scores).code_single(suggestions)
        } else {
            self.scored(scores).code_with_fallback(suggestions)
        }
    }

    /// The coding of a record whose coding to another topic is known: among the occupations that
    /// are linked with the code, or among all if there is no code to be consistent with.
    fn coding_linked_with(
        &self,
        primary: &Coding,
        place: usize,
        topic: &str,
        correspondence: &Correspondence,
    ) -> Coding {
        let record = &self.request.records[place];
        let scores = &self.scores[place];
        let code = primary.result.first().map(|best| &best.code_category);
        match code.filter(|_| primary.status == CodeStatus::Successful) {
            Some(code) => self.coding(record, &self.linked(scores, topic, code, correspondence)),
            None => self.coding(record, scores),
        }
    }

    fn linked(
        &self,
        scores: &Scores,
        topic: &str,
        code: &Code,
        correspondence: &Correspondence,
    ) -> Scores {
        let classification = &self.loaded.classification;
        let linked = correspondence.linked(topic, code);
        scores.given(linked.into_iter().filter_map(|code| classification.occupation_index(code)))
    }

    /// Adds the reasons of each code, if they are asked for. They are the model's own: an answer of
    /// the person or a code of another topic takes no part in them.
    fn explained(&self, record: &Record, mut coding: Coding) -> Result<Coding, ClassifyError> {
        if self.request.explain && !coding.result.is_empty() {
            let reasons = self.loaded.reasons(record)?;
            for candidate in &mut coding.result {
                candidate.explanation = Some(Box::new(reasons.of(&candidate.code_category)));
            }
        }
        Ok(coding)
    }
}
