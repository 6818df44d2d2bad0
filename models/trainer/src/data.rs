//! The files of the data folder: official classifications and lists of titles, read and never copied.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::Code;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A folder with the third parties' files.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

/// A group of a classification's structure.
#[derive(Debug, Deserialize)]
pub struct StructureRow {
    pub code: Code,
    pub title: String,
}

/// A link from an OSCA occupation to an ANZSCO occupation.
#[derive(Debug, Deserialize)]
pub struct LinkRow {
    pub osca_code: Code,
    #[serde(rename = "anzsco_2022_code")]
    pub anzsco_code: Code,
}

/// A title of an official index.
#[derive(Debug, Deserialize)]
pub struct IndexRow {
    #[serde(alias = "osca_code", alias = "anzsco_code")]
    pub code: Code,
    pub title: String,
}

/// An ANZSCO title with the OSCA code that it leads to.
#[derive(Debug, Deserialize)]
pub struct LinkedTitleRow {
    pub title: String,
    #[serde(rename = "osca_code_if_unique")]
    pub osca_code: Option<Code>,
    /// 1 if the OSCA index has the title as well, and knows better.
    pub in_osca_index: u8,
}

/// What ANZSCO says of an occupation.
#[derive(Debug, Deserialize)]
pub struct DescriptionRow {
    #[serde(rename = "anzsco_code")]
    pub code: Code,
    pub occupation_description: String,
    pub unit_group_description: String,
    pub unit_group_tasks: String,
}

/// A foreign title coded to OSCA.
#[derive(Debug, Deserialize)]
pub struct CodedTitleRow {
    pub title: String,
    pub code: Code,
    /// A second choice.
    pub alt: Option<Code>,
    /// 3 sure, 2 likely, 1 not settled by the title.
    pub sure: u8,
}

impl DataFolder {
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    pub fn structure(&self, file: &str) -> anyhow::Result<Vec<StructureRow>> {
        self.rows(file, b',')
    }

    pub fn links(&self) -> anyhow::Result<Vec<LinkRow>> {
        self.rows("osca_2024_to_anzsco_2022.csv", b',')
    }

    pub fn osca_index(&self) -> anyhow::Result<Vec<IndexRow>> {
        self.rows("osca_2024_title_index.csv", b',')
    }

    pub fn anzsco_index(&self) -> anyhow::Result<Vec<IndexRow>> {
        self.rows("anzsco_2022_title_index.csv", b',')
    }

    pub fn linked_titles(&self) -> anyhow::Result<Vec<LinkedTitleRow>> {
        self.rows("anzsco_2022_titles_with_osca_candidates.csv", b',')
    }

    pub fn anzsco_descriptions(&self) -> anyhow::Result<Vec<DescriptionRow>> {
        self.rows("anzsco_2022_descriptions_tasks.csv", b',')
    }

    pub fn coded_titles(&self) -> anyhow::Result<Vec<CodedTitleRow>> {
        self.rows("coded_titles.tsv", b'\t')
    }

    /// The titles of the British, American and European lists, coded or not.
    pub fn foreign_titles(&self) -> anyhow::Result<BTreeSet<String>> {
        let lists = [
            ("uk_soc2010_title_index.csv", "natural_title"),
            ("onet27_alternate_titles.csv", "title"),
            ("esco_v1_1_1_titles.csv", "title"),
        ];
        let mut titles = BTreeSet::new();
        for (file, column) in lists {
            titles.extend(self.column(file, column)?);
        }
        Ok(titles)
    }

    /// American task statements and European descriptions, each with a title.
    pub fn foreign_tasks(&self) -> anyhow::Result<Vec<(String, String)>> {
        let occupations: HashMap<String, String> =
            self.pairs("onet27_occupations.csv", ["onet_soc_code", "title"])?.into_iter().collect();
        let tasks = self.pairs("onet27_task_statements.csv", ["onet_soc_code", "task"])?;
        let mut titled: Vec<(String, String)> = tasks
            .into_iter()
            .filter_map(|(code, task)| Some((occupations.get(&code)?.clone(), task)))
            .collect();
        titled.extend(self.pairs("esco_v1_1_1_descriptions.csv", ["title", "description"])?);
        Ok(titled)
    }

    /// Descriptions of occupations, for their words.
    pub fn descriptions(&self) -> anyhow::Result<Vec<String>> {
        let columns = [
            ("esco_v1_1_1_descriptions.csv", "description"),
            ("onet27_occupations.csv", "description"),
            ("anzsco_2022_descriptions_tasks.csv", "occupation_description"),
            ("anzsco_2022_descriptions_tasks.csv", "unit_group_tasks"),
            ("asc_specialist_tasks.csv", "specialist_task"),
            ("onet27_task_statements.csv", "task"),
        ];
        let mut all = Vec::new();
        for (file, column) in columns {
            all.extend(self.column(file, column)?);
        }
        Ok(all)
    }

    fn column(&self, file: &str, column: &str) -> anyhow::Result<Vec<String>> {
        let pairs = self.pairs(file, [column, column])?;
        Ok(pairs.into_iter().map(|(text, _)| text).collect())
    }

    fn pairs(&self, file: &str, columns: [&str; 2]) -> anyhow::Result<Vec<(String, String)>> {
        let rows: Vec<HashMap<String, String>> = self.rows(file, b',')?;
        let missing = || format!("`{file}` has no columns {columns:?}");
        let pairs = rows.into_iter().map(|mut row| {
            let second = row.get(columns[1]).cloned()?;
            Some((row.remove(columns[0])?, second))
        });
        pairs.collect::<Option<_>>().with_context(missing)
    }

    fn rows<T: DeserializeOwned>(&self, file: &str, delimiter: u8) -> anyhow::Result<Vec<T>> {
        let path = self.0.join(file);
        let is_quoted = delimiter == b',';
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(is_quoted)
            .from_path(&path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let rows = reader.deserialize().collect::<Result<Vec<T>, _>>();
        rows.with_context(|| format!("`{}` is not as expected", path.display()))
    }
}
