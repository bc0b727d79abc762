//! Operators of PaddlePaddle that act on more than tensors.

/// What an operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Calls Python.
    Python,
    /// Reads the file that an attribute names.
    Read,
    /// Writes the file that an attribute names.
    Write,
    /// Talks to other machines.
    Network,
}

const PYTHON: &[&str] = &["py_func", "py_layer", "pylayer", "python_operator"];

const READS: &[&str] = &[
    "create_custom_reader",
    "create_recordio_file_reader",
    "load",
    "load_combine",
    "load_combine_",
    "load_func",
    "open_files",
    "read_file",
];

const WRITES: &[&str] = &["save", "save_combine", "save_combine_", "save_func", "write_to_file"];

const NETWORK: &[&str] = &[
    "c_comm_init",
    "c_comm_init_all",
    "c_comm_init_multitrainer",
    "c_gen_bkcl_id",
    "c_gen_hccl_id",
    "c_gen_nccl_id",
    "checkpoint_notify",
    "distributed_lookup_table",
    "distributed_push_sparse",
    "fetch_barrier",
    "fl_listen_and_serv",
    "gen_bkcl_id",
    "gen_hccl_id",
    "gen_nccl_id",
    "heter_listen_and_serv",
    "listen_and_serv",
    "prefetch",
    "pull_box_sparse",
    "pull_sparse",
    "push_dense",
    "push_sparse",
    "recv",
    "recv_save",
    "send",
    "send_and_recv",
    "send_barrier",
];

/// What an operator of this name does besides computing, if anything.
pub(super) fn act(operator: &str) -> Option<Act> {
    [(PYTHON, Act::Python), (READS, Act::Read), (WRITES, Act::Write), (NETWORK, Act::Network)]
        .into_iter()
        .find_map(|(names, act)| names.contains(&operator).then_some(act))
}
