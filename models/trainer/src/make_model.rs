//! `train`: from corpus and label table to a model in the layer, with its report.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use classifier::{Classifier, Hashes, Manifest, Vocabulary};
use domain::Classification;
use jiff::Timestamp;

use crate::calibrate;
use crate::corpus::{self, Record};
use crate::data::DataFolder;
use crate::examples::{Examples, split_of};
use crate::gate::worse_beyond_noise;
use crate::net::{Settings, TrainedNetwork, WordVectors, features_of, train};
use crate::pool;
use crate::release::{self, Place};
use crate::report::{Report, outcomes_of};
use crate::say::say;
use crate::shipped::Shipped;
use crate::teacher::Opinions;
use crate::topic::Topic;

/// What a model is made from and where it goes.
pub struct Plan {
    pub corpus: PathBuf,
    pub layer: PathBuf,
    pub data: Option<PathBuf>,
    pub extra: Option<PathBuf>,
    /// The folder of a teacher's opinions and vectors of words.
    pub teacher: Option<PathBuf>,
    pub version: Option<u32>,
    /// Leaves the weights of `version` as they are.
    pub calibrate_only: bool,
    /// Puts a model into service whatever the gate says of it.
    pub even_if_worse: bool,
    pub released: Timestamp,
    pub settings: Settings,
}

impl Plan {
    /// Makes the models of some topics.
    pub fn run(&self, topics: &[Topic]) -> anyhow::Result<()> {
        // Two threads whatever the machine has: the work of a step is cut in two.
        rayon::ThreadPoolBuilder::new().num_threads(2).build_global()?;
        let corpus = corpus::read(&self.corpus)?;
        for &topic in topics {
            self.make(topic, &corpus)
                .with_context(|| format!("no model of {} was made", topic.name()))?;
        }
        Ok(())
    }

    fn make(&self, topic: Topic, corpus: &[Record]) -> anyhow::Result<()> {
        let begin = Instant::now();
        let classification = topic.classification(&self.layer)?;
        let mut examples = Examples::new(topic, corpus, &classification);
        if let Some(data) = &self.data {
            examples.add_titles(topic, &DataFolder::new(data), &classification)?;
        }
        if let Some(extra) = &self.extra {
            examples.add_extra(extra, &classification)?;
        }
        let mut settings = self.settings;
        let words = self.teacher.as_deref().map(WordVectors::read).transpose()?;
        if let Some(folder) = &self.teacher {
            let opinions = Opinions::read(folder, topic, classification.occupations().len())?;
            self.learn_from(opinions, corpus, &mut examples, words.clone(), &classification)?;
            settings = settings.beside_a_teacher();
        }
        let place = self.place(topic)?;
        let mut manifest = if self.calibrate_only {
            Manifest::load(&place.folder())?
        } else {
            let (network, vocabulary) = train_on(&examples, words, &classification, &settings)?;
            release::write_model(&place, &network, &vocabulary, &classification, self.released)?
        };
        let classifier = Classifier::load(&place.folder(), &classification)?;
        let set_aside = calibrate::run(&classifier, &examples.calibrate)?;
        manifest.calibration = calibrate::fit(&set_aside);
        manifest.threshold =
            calibrate::choose_threshold(&set_aside, &manifest.calibration, &classification)?;
        manifest.save(&place.folder())?;
        self.release(&place, &manifest, &examples)?;
        say(&format!(
            "{} made in {:.0} s",
            place.folder().display(),
            begin.elapsed().as_secs_f32()
        ));
        Ok(())
    }

    /// Adds a teacher's opinions to the examples, averaged with those of a first network.
    fn learn_from(
        &self,
        mut opinions: Opinions,
        corpus: &[Record],
        examples: &mut Examples,
        words: Option<WordVectors>,
        classification: &Classification,
    ) -> anyhow::Result<()> {
        let split = split_of(&Topic::Osca.classification(&self.layer)?);
        let data = self.data.as_deref().map(DataFolder::new);
        let texts = pool::texts(corpus, &split, data.as_ref())?;
        if !self.calibrate_only {
            say("a first network, to share its opinions with the teacher:");
            let settings = self.settings.of_a_first_network();
            let (network, vocabulary) = train_on(examples, words, classification, &settings)?;
            opinions.average_with(&network, &vocabulary, &texts);
        }
        examples.add_opinions(&opinions, texts);
        Ok(())
    }

    /// Measures the new model, and registers it unless it is worse than the one in service.
    fn release(
        &self,
        place: &Place,
        manifest: &Manifest,
        examples: &Examples,
    ) -> anyhow::Result<()> {
        let current = Shipped::load(place.topic, &self.layer).ok();
        let current = current.filter(|current| current.model.model_version != place.version);
        let current = current.map(|current| outcomes_of(&current, &examples.test)).transpose()?;
        let new = Shipped::of(release::entry(place, manifest), place.topic, &self.layer)?;
        let outcomes = outcomes_of(&new, &examples.test)?;
        let report = Report::of(&new, examples, &outcomes)?;
        release::write_json(&place.folder().join("report.json"), &report)?;
        report.print();
        let worse =
            current.map(|current| worse_beyond_noise(&current, &outcomes)).unwrap_or_default();
        if !worse.is_empty() && !self.even_if_worse {
            bail!(
                "the new model stays in `{}` and is not put into service, as it is worse than the \
                 one in service:\n  {}\nTo put it into service all the same: --even-if-worse",
                place.folder().display(),
                worse.join("\n  ")
            );
        }
        release::register(place, manifest)
    }

    /// Without a version, a new one after the newest: a released model is not overwritten.
    fn place(&self, topic: Topic) -> anyhow::Result<Place> {
        let registry = release::read_registry(&self.layer)?;
        let versions = registry
            .models
            .iter()
            .filter(|model| model.topic == topic.name())
            .map(|model| model.model_version);
        let version = self.version.unwrap_or_else(|| versions.max().unwrap_or(0) + 1);
        Ok(Place { topic, version, layer: self.layer.clone() })
    }
}

/// Chooses the features and trains a network.
fn train_on(
    examples: &Examples,
    words: Option<WordVectors>,
    classification: &Classification,
    settings: &Settings,
) -> anyhow::Result<(TrainedNetwork, Vocabulary)> {
    let vocabulary = Vocabulary {
        features: features_of(&examples.train, settings),
        words: words.as_ref().map_or(Hashes::new(Vec::new()), |words| words.hashes.clone()),
    };
    say(&format!(
        "{} texts to train on, {} to calibrate on, {} held out, {} features",
        examples.train.len(),
        examples.calibrate.len(),
        examples.test.len(),
        vocabulary.features.rows() - 1
    ));
    let outputs = classification.occupations().len();
    let watched = &examples.calibrate;
    let network = train(&examples.train, watched, &vocabulary, words, outputs, settings)?;
    Ok((network, vocabulary))
}

/// The topics of a command line: all unless one is named.
pub fn topics(named: Option<Topic>) -> Vec<Topic> {
    named.map_or_else(|| Topic::ALL.to_vec(), |topic| vec![topic])
}

/// The default date of release: the beginning of today.
pub fn today() -> anyhow::Result<Timestamp> {
    const DAY: i64 = 24 * 60 * 60;
    Ok(Timestamp::from_second(Timestamp::now().as_second() / DAY * DAY)?)
}
