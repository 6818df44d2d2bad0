//! The functions of this stack as the processes that they are. Only Linux shows them.

use std::path::PathBuf;

use crate::stack::stack;

/// A running process of a function.
#[derive(Debug)]
pub(crate) struct Process {
    folder: PathBuf,
}

/// The running processes of a function: the local stack names them after the template's resources.
pub(crate) fn of_function(name: &str) -> Vec<Process> {
    let endpoint = format!("AWS_ENDPOINT_URL={}", stack().endpoint_url);
    let folders = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let processes = folders.filter_map(|folder| {
        // Processes end, and others' cannot be read, while we look.
        let environment = std::fs::read(folder.path().join("environ")).ok()?;
        let environment = String::from_utf8_lossy(&environment);
        let mut settings = environment.split('\0');
        let is_of_this_stack = settings.clone().any(|setting| setting == endpoint);
        let function =
            settings.find_map(|setting| setting.strip_prefix("AWS_LAMBDA_FUNCTION_NAME="))?;
        let is_meant = is_of_this_stack && function.ends_with(name);
        is_meant.then(|| Process { folder: folder.path() })
    });
    processes.collect()
}

impl Process {
    /// The most memory that it has had, in KB.
    pub(crate) fn peak_memory_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(self.folder.join("status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().trim_end_matches(" kB").parse().ok()
    }

    /// Ends it without a chance to clean up.
    pub(crate) fn kill(&self) {
        let id = self.folder.file_name().unwrap();
        std::process::Command::new("kill").arg("-KILL").arg(id).status().unwrap();
    }
}
