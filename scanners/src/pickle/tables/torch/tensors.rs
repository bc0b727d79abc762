//! torch: tensors, and what rebuilds them.

use super::super::super::judge::{Harmless, Role};

const DTYPES: &str = "float32 float float64 double float16 half bfloat16 int64 long int32 int int16 short int8 uint8 \
                      uint16 uint32 uint64 bool complex32 complex64 complex128 cfloat cdouble qint8 quint8 qint32 \
                      quint4x2 quint2x4 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz strided sparse_coo \
                      sparse_csr sparse_csc contiguous_format channels_last preserve_format per_tensor_affine \
                      per_channel_affine per_tensor_symmetric per_channel_symmetric";

/// Tuples with names, as functions give them.
const NAMED_RESULTS: &str = "max min median nanmedian mode kthvalue sort topk cummax cummin aminmax unique_consecutive \
                             frexp histogram slogdet lstsq qr svd linalg_eig linalg_eigh linalg_svd linalg_qr \
                             linalg_slogdet linalg_lstsq linalg_lu";

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("torch", Role::Named, DTYPES),
    Harmless::of("torch", Role::Class, "Size device dtype Tensor Generator finfo iinfo"),
    Harmless::of("torch.storage", Role::Class, "UntypedStorage TypedStorage _TypedStorage _UntypedStorage"),
    Harmless::of("torch.storage", Role::Unpickles, "_load_from_bytes"),
    Harmless::of(
        "torch._utils",
        Role::Function,
        "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter \
         _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor _rebuild_sparse_csr_tensor \
         _rebuild_nested_tensor _rebuild_meta_tensor_no_storage _rebuild_device_tensor_from_numpy \
         _rebuild_device_tensor_from_cpu_tensor _rebuild_xla_tensor",
    ),
    Harmless::of("torch._utils", Role::Makes, "_rebuild_wrapper_subclass"),
    Harmless::of("torch._tensor", Role::Applies, "_rebuild_from_type_v2 _rebuild_from_type"),
    Harmless::of("torch._tensor", Role::Class, "Tensor"),
    Harmless::of("torch.tensor", Role::Applies, "_rebuild_from_type"),
    Harmless::of(
        "torch.nn.parameter",
        Role::Class,
        "Parameter Buffer UninitializedParameter UninitializedBuffer",
    ),
    Harmless::of("torch.nn", Role::Class, "Parameter"),
    Harmless::of("torch.autograd.variable", Role::Class, "Variable"),
    Harmless::of("torch.return_types", Role::Class, NAMED_RESULTS),
    Harmless::of("torch.torch_version", Role::Class, "TorchVersion"),
    Harmless::of("torch.serialization", Role::Function, "_get_layout"),
    Harmless::of(
        "torch.jit._pickle",
        Role::Function,
        "build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id restore_type_tag",
    ),
];
