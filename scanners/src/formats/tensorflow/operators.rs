//! Which operators a graph may hold, and which of them reach outside it.
//!
//! Source: the operators that TensorFlow 2.21 registers, their documentation and kernels. An operator in none of the
//! lists is not TensorFlow's. Saving and restoring variables is part of every `SavedModel`: only its paths are judged.

use std::sync::LazyLock;

/// TensorFlow's operators that neither read nor write files of the graph's choice, nor run what is not in the graph.
static STANDARD: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("operators.txt").lines().collect());

/// Operators that read or write files, speak to the network or call Python when the graph runs.
const UNSAFE: &[&str] = &[
    "CreateSummaryDbWriter",
    "CreateSummaryFileWriter",
    "DatasetFromGraph",
    "DatasetToTFRecord",
    "DebugIdentity",
    "DebugIdentityV2",
    "DebugIdentityV3",
    "DebugNanCount",
    "DebugNumericSummary",
    "DebugNumericSummaryV2",
    "DumpTensor",
    "EagerPyFunc",
    "ExperimentalDatasetToTFRecord",
    "ExperimentalMatchingFilesDataset",
    "ExperimentalSqlDataset",
    "FileSystemSetConfiguration",
    "ImmutableConst",
    "LoadDataset",
    "MatchingFiles",
    "MatchingFilesDataset",
    "PyFunc",
    "PyFuncStateless",
    "ReadFile",
    "RemoteFusedGraphExecute",
    "RpcCall",
    "RpcClient",
    "RpcServer",
    "RpcServerRegister",
    "RpcServerStart",
    "Save",
    "SaveDataset",
    "SaveDatasetV2",
    "SaveSlices",
    "SnapshotDataset",
    "SnapshotDatasetV2",
    "SqlDataset",
    "WholeFileReader",
    "WholeFileReaderV2",
    "WriteFile",
];

/// Operators that read or write files as data: a training graph has them, a model to run does not need them.
const FILES: &[&str] = &[
    "CSVDataset",
    "CSVDatasetV2",
    "CacheDataset",
    "CacheDatasetV2",
    "ExperimentalCSVDataset",
    "ExperimentalLMDBDataset",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "ImportEvent",
    "LMDBDataset",
    "LMDBReader",
    "ListSnapshotChunksDataset",
    "RecordInput",
    "SnapshotChunkDataset",
    "SnapshotDatasetReader",
    "SnapshotNestedDatasetReader",
    "StatsAggregatorSetSummaryWriter",
    "SummaryWriter",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "TFRecordReader",
    "TFRecordReaderV2",
    "TextLineDataset",
    "TextLineReader",
    "TextLineReaderV2",
    "WriteAudioSummary",
    "WriteGraphSummary",
    "WriteHistogramSummary",
    "WriteImageSummary",
    "WriteRawProtoSummary",
    "WriteScalarSummary",
    "WriteSummary",
];

/// Operators that run what the graph does not show: compiled programs, native symbols, other processes.
const OPAQUE: &[&str] = &[
    "DataServiceDataset",
    "DataServiceDatasetV2",
    "DataServiceDatasetV3",
    "DataServiceDatasetV4",
    "GeneratorDataset",
    "RemoteCall",
    "TPUCompile",
    "TPUExecute",
    "TPUExecuteAndUpdateVariables",
    "TRTEngineOp",
    "XlaCustomCall",
    "XlaCustomCallV2",
    "XlaHostCompute",
    "XlaLaunch",
    "XlaLaunchV2",
    "_TPUCompileMlir",
    "_XlaHostComputeMlir",
    "_XlaRun",
];

/// What an operator can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It computes.
    Standard,
    /// It reads, writes, sends, or calls Python.
    Unsafe,
    /// It reads or writes files as data.
    File,
    /// It runs what the graph does not show.
    Opaque,
    /// It is not TensorFlow's.
    Unknown,
}

/// What an operator can do, by its name.
pub(super) fn kind(operator: &str) -> Kind {
    acting(operator).unwrap_or_else(|| {
        if STANDARD.binary_search(&operator).is_ok() { Kind::Standard } else { Kind::Unknown }
    })
}

/// What an operator can do if it does more than compute.
pub(super) fn acting(operator: &str) -> Option<Kind> {
    let lists = [(UNSAFE, Kind::Unsafe), (FILES, Kind::File), (OPAQUE, Kind::Opaque)];
    lists.iter().find(|(list, _)| list.binary_search(&operator).is_ok()).map(|(_, kind)| *kind)
}

/// The input that names the file, of operators that every saved model has or may have.
pub(super) fn path_input(operator: &str) -> Option<usize> {
    match operator {
        "GenerateVocabRemapping"
        | "LoadAndRemapMatrix"
        | "MergeV2Checkpoints"
        | "Restore"
        | "RestoreSlice"
        | "RestoreV2"
        | "SaveV2" => Some(0),
        "InitializeTableFromTextFile" | "InitializeTableFromTextFileV2" => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_stands_in_one_list_once_and_in_order() {
        let mut seen = std::collections::BTreeSet::new();
        for list in [UNSAFE, FILES, OPAQUE, &STANDARD] {
            assert!(list.is_sorted());
            assert!(list.iter().all(|operator| seen.insert(*operator)));
        }
        assert!(STANDARD.len() > 1_500);
    }

    #[test]
    fn saving_and_restoring_are_normal_and_python_is_not() {
        for operator in ["SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename", "MatMul", "PrintV2"]
        {
            assert_eq!(kind(operator), Kind::Standard, "{operator}");
        }
        assert_eq!(kind("PyFunc"), Kind::Unsafe);
        assert_eq!(kind("TextLineDataset"), Kind::File);
        assert_eq!(kind("XlaLaunch"), Kind::Opaque);
        assert_eq!(kind("LoadMyLibrary"), Kind::Unknown);
    }
}
