//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser};
use jiff::Timestamp;

use crate::data::DataFolder;
use crate::examples::split_of;
use crate::make_model::{Plan, today, topics};
use crate::net::Settings;
use crate::shipped::Shipped;
use crate::split::Part;
use crate::topic::Topic;
use crate::{corpus, evaluate, folds, golden, labels, parts, plot, pool, speed};

/// Makes the corpus, the label tables and the models of the Occupation Coding Service, and
/// measures them. Run it from the project's root.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub enum Command {
    /// Makes the committed corpus of composed text: cleans it and gives it ANZSCO codes.
    #[command(after_help = "Example: trainer corpus --from ../shared/corpus --data ../shared/data")]
    Corpus {
        /// The folder of the composed text: `@CODE` lines, then `occp_text | tasks_text` lines.
        #[arg(long)]
        from: PathBuf,
        /// The folder of the official classifications and lists.
        #[arg(long)]
        data: PathBuf,
        #[command(flatten)]
        folders: Folders,
    },
    /// Writes the label tables of the official structures, and their correspondence.
    #[command(after_help = "Example: trainer labels --data ../shared/data")]
    Labels {
        /// The folder of the official classifications and lists.
        #[arg(long)]
        data: PathBuf,
        #[command(flatten)]
        folders: Folders,
    },
    /// Trains, calibrates, measures and registers a model.
    #[command(after_help = "Examples:\n  trainer train\n  trainer train --topic osca --data \
                            ../shared/data\n  trainer train --topic osca --extra coded.csv")]
    Train(Train),
    /// Measures the shipped model on a file of texts with their true codes.
    #[command(after_help = "Example: trainer evaluate records.csv --topic osca\n\nThe last line \
                            printed is a JSON object with the figures.")]
    Evaluate {
        /// CSV with the columns `code,occp_text,tasks_text`.
        file: PathBuf,
        /// The classification of the codes.
        #[arg(long)]
        topic: Topic,
        /// A folder to write the whole report and its plots into.
        #[arg(long)]
        report: Option<PathBuf>,
        #[command(flatten)]
        folders: Folders,
    },
    /// Measures how well official titles are coded that are left out of training, fold by fold.
    #[command(after_help = "Example: trainer folds --topic osca --data ../shared/data")]
    Folds {
        /// The classification.
        #[arg(long)]
        topic: Topic,
        /// The folder of the official indexes and foreign titles.
        #[arg(long)]
        data: PathBuf,
        /// The folder of the vectors of words.
        #[arg(long, default_value = "models/teacher")]
        teacher: PathBuf,
        /// Into how many folds the titles are dealt; a model is trained for each.
        #[arg(long, default_value_t = 5)]
        folds: usize,
        #[command(flatten)]
        folders: Folders,
    },
    /// Draws the plots of the shipped models' reports.
    #[command(after_help = "Example: trainer plot")]
    Plot {
        /// The folder to draw them into.
        #[arg(long, default_value = "models/plots")]
        to: PathBuf,
        #[command(flatten)]
        folders: Folders,
    },
    /// Writes a part of the corpus as CSV, for `evaluate` and for other programs.
    #[command(after_help = "Example: trainer split test --topic osca --to test.csv")]
    Split {
        /// Which part.
        part: Part,
        /// The classification of the codes.
        #[arg(long)]
        topic: Topic,
        /// The file to write.
        #[arg(long)]
        to: PathBuf,
        #[command(flatten)]
        folders: Folders,
    },
    /// Writes the texts and words that a teacher is asked about.
    #[command(after_help = "Example: trainer pool --data ../shared/data --to pool")]
    Pool {
        /// The folder of the official indexes and foreign titles.
        #[arg(long)]
        data: PathBuf,
        /// The folder to write `texts.csv` and `words.txt` into.
        #[arg(long)]
        to: PathBuf,
        #[command(flatten)]
        folders: Folders,
    },
    /// Measures the shipped model's speed on one core, and prints it as JSON.
    #[command(after_help = "Example: trainer speed test.csv --topic osca")]
    Speed {
        /// CSV with the columns `code,occp_text,tasks_text`.
        file: PathBuf,
        /// The classification of the codes.
        #[arg(long)]
        topic: Topic,
        #[command(flatten)]
        folders: Folders,
    },
    /// Writes the golden answers of the shipped models, for the classifier's tests.
    #[command(after_help = "Example: trainer golden")]
    Golden {
        /// One topic instead of all.
        #[arg(long)]
        topic: Option<Topic>,
        /// The folder to write them to.
        #[arg(long, default_value = "shared/classifier/tests/golden")]
        to: PathBuf,
        #[command(flatten)]
        folders: Folders,
    },
}

/// Where the models and their text lie.
#[derive(Debug, Args)]
pub struct Folders {
    /// The folder that ships: registry, label tables and models.
    #[arg(long, default_value = "models/layer")]
    layer: PathBuf,
    /// The folder of the committed corpus.
    #[arg(long, default_value = "models/corpus")]
    corpus: PathBuf,
}

/// What `train` can be told.
#[derive(Debug, Args)]
pub struct Train {
    /// One topic instead of all.
    #[arg(long)]
    topic: Option<Topic>,
    /// The folder of the official indexes and foreign titles, which are trained on as well.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Further records to train on: CSV with the columns `code,occp_text,tasks_text`.
    #[arg(long, requires = "topic")]
    extra: Option<PathBuf>,
    /// The folder of a teacher's opinions and vectors of words.
    #[arg(long, default_value = "models/teacher")]
    teacher: PathBuf,
    /// Learns from texts and codes alone.
    #[arg(long)]
    no_teacher: bool,
    /// The version to make or replace; by default the one after the newest.
    #[arg(long)]
    model_version: Option<u32>,
    /// Fits the calibration of a version anew, and leaves its weights as they are.
    #[arg(long, requires = "model_version")]
    calibrate_only: bool,
    /// Puts the model into service even if it is worse than the present one.
    #[arg(long)]
    even_if_worse: bool,
    /// The date of release; by default the beginning of today.
    #[arg(long)]
    released: Option<Timestamp>,
    /// How often each text is seen.
    #[arg(long, default_value_t = Settings::default().epochs)]
    epochs: usize,
    /// The seed of every random choice.
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
    #[command(flatten)]
    folders: Folders,
}

impl Command {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Corpus { from, data, folders } => {
                corpus::make(&from, &DataFolder::new(&data), &folders.corpus)
            }
            Self::Labels { data, folders } => {
                labels::write(&DataFolder::new(&data), &folders.layer)
            }
            Self::Train(train) => train.run(),
            Self::Evaluate { file, topic, report, folders } => {
                evaluate::evaluate(&file, topic, &folders.layer, report.as_deref())
            }
            Self::Split { part, topic, to, folders } => {
                parts::write(part, topic, &folders.corpus, &folders.layer, &to)
            }
            Self::Pool { data, to, folders } => pool::write(
                &corpus::read(&folders.corpus)?,
                &split_of(&Topic::Osca.classification(&folders.layer)?),
                &DataFolder::new(&data),
                &to,
            ),
            Self::Speed { file, topic, folders } => speed::measure(&file, topic, &folders.layer),
            Self::Folds { topic, data, teacher, folds, folders } => folds::measure(
                topic,
                &corpus::read(&folders.corpus)?,
                &DataFolder::new(&data),
                &teacher,
                &folders.layer,
                folds,
                &Settings::default(),
            ),
            Self::Plot { to, folders } => Topic::ALL.into_iter().try_for_each(|topic| {
                let shipped = Shipped::load(topic, &folders.layer)?;
                plot::draw_shipped(topic, &folders.layer.join(&shipped.model.folder), &to)
            }),
            Self::Golden { topic, to, folders } => topics(topic)
                .into_iter()
                .try_for_each(|topic| golden::write(topic, &folders.layer, &to)),
        }
    }
}

impl Train {
    fn run(self) -> anyhow::Result<()> {
        let plan = Plan {
            corpus: self.folders.corpus,
            layer: self.folders.layer,
            data: self.data,
            extra: self.extra,
            teacher: (!self.no_teacher).then_some(self.teacher),
            even_if_worse: self.even_if_worse,
            calibrate_only: self.calibrate_only,
            version: self.model_version,
            released: self.released.map_or_else(today, Ok)?,
            settings: Settings { seed: self.seed, epochs: self.epochs, ..Settings::default() },
        };
        plan.run(&topics(self.topic))
    }
}
