//! torch: what only files of `torch.save` name: the types of storages and of old tensors.

use super::super::super::judge::{Harmless, Role};

const STORAGES: &str = "FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage \
                        CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage \
                        QUInt8Storage QInt32Storage QUInt4x2Storage QUInt2x4Storage";

const TENSORS: &str = "FloatTensor DoubleTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor CharTensor \
                       ByteTensor BoolTensor";

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("torch", Role::Class, STORAGES),
    Harmless::of("torch.cuda", Role::Class, STORAGES),
    Harmless::of("torch", Role::Class, TENSORS),
    Harmless::of("torch.cuda", Role::Class, TENSORS),
];
