//! torch tensors, storages, modules and optimizers.
//!
//! Source: the functions torch's own `__reduce_ex__` methods name, the default list of `torch.load(weights_only=True)`,
//! and the classes of `torch.nn` and `torch.optim`.

use super::super::judge::{Harmless, Role};

const STORAGES: &str = "FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage \
                        CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage \
                        QUInt8Storage QInt32Storage QUInt4x2Storage QUInt2x4Storage";

const DTYPES: &str = "float32 float float64 double float16 half bfloat16 int64 long int32 int int16 short int8 uint8 \
                      uint16 uint32 uint64 bool complex32 complex64 complex128 cfloat cdouble qint8 quint8 qint32 \
                      quint4x2 quint2x4 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz strided sparse_coo \
                      sparse_csr sparse_csc contiguous_format channels_last preserve_format per_tensor_affine \
                      per_channel_affine per_tensor_symmetric per_channel_symmetric";

const TENSORS: &str = "FloatTensor DoubleTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor CharTensor \
                       ByteTensor BoolTensor";

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("torch", Role::Class, STORAGES),
    Harmless::of("torch.cuda", Role::Class, STORAGES),
    Harmless::of("torch", Role::Class, TENSORS),
    Harmless::of("torch.cuda", Role::Class, TENSORS),
    Harmless::of("torch", Role::Named, DTYPES),
    Harmless::of("torch", Role::Class, "Size device dtype Tensor Generator finfo iinfo"),
    Harmless::of("torch.serialization", Role::Function, "_get_layout"),
    Harmless::of("torch.storage", Role::Class, "UntypedStorage TypedStorage _TypedStorage _UntypedStorage"),
    Harmless::of("torch.storage", Role::Unpickles, "_load_from_bytes"),
    Harmless::of(
        "torch._utils",
        Role::Function,
        "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state \
         _rebuild_qtensor _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_nested_tensor \
         _rebuild_meta_tensor_no_storage _rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor \
         _rebuild_xla_tensor",
    ),
    Harmless::of("torch._utils", Role::Makes, "_rebuild_wrapper_subclass"),
    Harmless::of("torch._tensor", Role::Calls, "_rebuild_from_type_v2 _rebuild_from_type"),
    Harmless::of("torch._tensor", Role::Class, "Tensor"),
    Harmless::of("torch.tensor", Role::Calls, "_rebuild_from_type"),
    Harmless::of(
        "torch.nn.parameter",
        Role::Class,
        "Parameter Buffer UninitializedParameter UninitializedBuffer",
    ),
    Harmless::of("torch.nn", Role::Class, "Parameter"),
    Harmless::of("torch.autograd.variable", Role::Class, "Variable"),
    Harmless::of("torch.nn.backends.thnn", Role::Function, "_get_thnn_function_backend"),
    Harmless::of("torch.torch_version", Role::Class, "TorchVersion"),
    Harmless::of(
        "torch.jit._pickle",
        Role::Function,
        "build_intlist build_tensorlist build_doublelist build_boollist",
    ),
    Harmless::of("torch.jit._pickle", Role::Function, "build_tensor_from_id restore_type_tag"),
    Harmless::of(
        "torch.nn.modules.activation",
        Role::Class,
        "ReLU ReLU6 RReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Softmax Softmax2d LogSoftmax Softmin Softplus Softsign Hardtanh Hardsigmoid Hardswish Hardshrink Softshrink Tanhshrink LeakyReLU LogSigmoid PReLU GLU Threshold MultiheadAttention",
    ),
    Harmless::of(
        "torch.nn.modules.linear",
        Role::Class,
        "Linear Bilinear Identity LazyLinear NonDynamicallyQuantizableLinear",
    ),
    Harmless::of(
        "torch.nn.modules.conv",
        Role::Class,
        "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d",
    ),
    Harmless::of(
        "torch.nn.modules.batchnorm",
        Role::Class,
        "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm",
    ),
    Harmless::of(
        "torch.nn.modules.instancenorm",
        Role::Class,
        "InstanceNorm1d InstanceNorm2d InstanceNorm3d",
    ),
    Harmless::of(
        "torch.nn.modules.normalization",
        Role::Class,
        "LayerNorm GroupNorm LocalResponseNorm CrossMapLRN2d RMSNorm",
    ),
    Harmless::of(
        "torch.nn.modules.dropout",
        Role::Class,
        "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout",
    ),
    Harmless::of(
        "torch.nn.modules.pooling",
        Role::Class,
        "MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d LPPool1d LPPool2d FractionalMaxPool2d FractionalMaxPool3d",
    ),
    Harmless::of(
        "torch.nn.modules.padding",
        Role::Class,
        "ZeroPad1d ZeroPad2d ZeroPad3d ConstantPad1d ConstantPad2d ConstantPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d CircularPad1d CircularPad2d CircularPad3d",
    ),
    Harmless::of(
        "torch.nn.modules.container",
        Role::Class,
        "Sequential ModuleList ModuleDict ParameterList ParameterDict Container",
    ),
    Harmless::of("torch.nn.modules.module", Role::Class, "Module"),
    Harmless::of("torch.nn.modules.rnn", Role::Class, "RNN LSTM GRU RNNCell LSTMCell GRUCell RNNBase"),
    Harmless::of("torch.nn.modules.sparse", Role::Class, "Embedding EmbeddingBag"),
    Harmless::of("torch.nn.modules.flatten", Role::Class, "Flatten Unflatten"),
    Harmless::of("torch.nn.modules.fold", Role::Class, "Fold Unfold"),
    Harmless::of(
        "torch.nn.modules.upsampling",
        Role::Class,
        "Upsample UpsamplingNearest2d UpsamplingBilinear2d",
    ),
    Harmless::of("torch.nn.modules.pixelshuffle", Role::Class, "PixelShuffle PixelUnshuffle"),
    Harmless::of("torch.nn.modules.channelshuffle", Role::Class, "ChannelShuffle"),
    Harmless::of("torch.nn.modules.distance", Role::Class, "PairwiseDistance CosineSimilarity"),
    Harmless::of(
        "torch.nn.modules.transformer",
        Role::Class,
        "Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer",
    ),
    Harmless::of(
        "torch.nn.modules.loss",
        Role::Class,
        "L1Loss MSELoss NLLLoss CrossEntropyLoss BCELoss BCEWithLogitsLoss SmoothL1Loss HuberLoss KLDivLoss CTCLoss HingeEmbeddingLoss MarginRankingLoss TripletMarginLoss CosineEmbeddingLoss PoissonNLLLoss GaussianNLLLoss MultiLabelMarginLoss SoftMarginLoss MultiMarginLoss",
    ),
    // Module pickles name the functions their layers use; naming is all they do.
    Harmless::of(
        "torch.nn.functional",
        Role::Named,
        "relu gelu silu tanh sigmoid softmax log_softmax elu leaky_relu mish hardtanh softplus dropout",
    ),
    Harmless::of("torch._C._nn", Role::Named, "gelu linear"),
    Harmless::of("torch.optim.adam", Role::Class, "Adam"),
    Harmless::of("torch.optim.adamw", Role::Class, "AdamW"),
    Harmless::of("torch.optim.sgd", Role::Class, "SGD"),
    Harmless::of("torch.optim.rmsprop", Role::Class, "RMSprop"),
    Harmless::of("torch.optim.adagrad", Role::Class, "Adagrad"),
    Harmless::of("torch.optim.adadelta", Role::Class, "Adadelta"),
    Harmless::of("torch.optim.adamax", Role::Class, "Adamax"),
    Harmless::of("torch.optim.nadam", Role::Class, "NAdam"),
    Harmless::of("torch.optim.radam", Role::Class, "RAdam"),
    Harmless::of(
        "torch.optim.lr_scheduler",
        Role::Class,
        "StepLR MultiStepLR ExponentialLR CosineAnnealingLR ReduceLROnPlateau LambdaLR OneCycleLR CyclicLR CosineAnnealingWarmRestarts LinearLR ConstantLR PolynomialLR SequentialLR ChainedScheduler",
    ),
    Harmless::of("torch.distributed._shard.sharded_tensor.metadata", Role::Class, "TensorProperties"),
    Harmless::of("torch.utils.data.dataset", Role::Class, "TensorDataset Subset ConcatDataset"),
    Harmless::of("torchvision.models.resnet", Role::Class, "ResNet BasicBlock Bottleneck"),
    Harmless::of("torchvision.models.vgg", Role::Class, "VGG"),
    Harmless::of("torchvision.models.alexnet", Role::Class, "AlexNet"),
    Harmless::of("torchvision.models.densenet", Role::Class, "DenseNet _DenseBlock _DenseLayer _Transition"),
    Harmless::of("torchvision.models.mobilenetv2", Role::Class, "MobileNetV2 InvertedResidual"),
    Harmless::of("torchvision.models.mobilenetv3", Role::Class, "MobileNetV3 InvertedResidual"),
    Harmless::of("torchvision.models.efficientnet", Role::Class, "EfficientNet MBConv FusedMBConv"),
    Harmless::of(
        "torchvision.ops.misc",
        Role::Class,
        "Conv2dNormActivation SqueezeExcitation FrozenBatchNorm2d",
    ),
    Harmless::of("torchvision.ops.stochastic_depth", Role::Class, "StochasticDepth"),
];
