//! torch: the layers of `torch.nn`, their quantized forms, and what hangs on them.

use super::super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("torch._C._nn", Role::Named, "gelu linear"),
    Harmless::of(
        "torch.ao.nn.intrinsic.modules.fused",
        Role::Made,
        "BNReLU2d BNReLU3d ConvAdd2d ConvAddReLU2d ConvBn1d ConvBn2d ConvBn3d ConvBnReLU1d ConvBnReLU2d \
         ConvBnReLU3d ConvReLU1d ConvReLU2d ConvReLU3d LinearBn1d LinearLeakyReLU LinearReLU LinearTanh",
    ),
    Harmless::of(
        "torch.ao.nn.intrinsic.qat.modules.conv_fused",
        Role::Made,
        "ConvBn1d ConvBn2d ConvBn3d ConvBnReLU1d ConvBnReLU2d ConvBnReLU3d ConvReLU1d ConvReLU2d ConvReLU3d",
    ),
    Harmless::of("torch.ao.nn.intrinsic.qat.modules.linear_fused", Role::Made, "LinearBn1d"),
    Harmless::of("torch.ao.nn.intrinsic.qat.modules.linear_relu", Role::Made, "LinearReLU"),
    Harmless::of("torch.ao.nn.intrinsic.quantized.dynamic.modules.linear_relu", Role::Made, "LinearReLU"),
    Harmless::of("torch.ao.nn.intrinsic.quantized.modules.bn_relu", Role::Made, "BNReLU2d BNReLU3d"),
    Harmless::of("torch.ao.nn.intrinsic.quantized.modules.conv_add", Role::Made, "ConvAdd2d ConvAddReLU2d"),
    Harmless::of(
        "torch.ao.nn.intrinsic.quantized.modules.conv_relu",
        Role::Made,
        "ConvReLU1d ConvReLU2d ConvReLU3d",
    ),
    Harmless::of(
        "torch.ao.nn.intrinsic.quantized.modules.linear_relu",
        Role::Made,
        "LinearLeakyReLU LinearReLU LinearTanh",
    ),
    Harmless::of("torch.ao.nn.qat.dynamic.modules.linear", Role::Made, "Linear"),
    Harmless::of("torch.ao.nn.qat.modules.conv", Role::Made, "Conv1d Conv2d Conv3d"),
    Harmless::of("torch.ao.nn.qat.modules.embedding_ops", Role::Made, "Embedding EmbeddingBag"),
    Harmless::of("torch.ao.nn.qat.modules.linear", Role::Made, "Linear"),
    Harmless::of("torch.ao.nn.quantizable.modules.activation", Role::Made, "MultiheadAttention"),
    Harmless::of(
        "torch.ao.nn.quantizable.modules.rnn",
        Role::Made,
        "LSTM LSTMCell _LSTMLayer _LSTMSingleLayer",
    ),
    Harmless::of(
        "torch.ao.nn.quantized.dynamic.modules.conv",
        Role::Made,
        "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d",
    ),
    Harmless::of("torch.ao.nn.quantized.dynamic.modules.linear", Role::Made, "Linear"),
    Harmless::of(
        "torch.ao.nn.quantized.dynamic.modules.rnn",
        Role::Made,
        "GRU GRUCell LSTM LSTMCell PackedParameter RNNBase RNNCell",
    ),
    Harmless::of("torch.ao.nn.quantized.modules", Role::Made, "DeQuantize Quantize"),
    Harmless::of(
        "torch.ao.nn.quantized.modules.activation",
        Role::Made,
        "ELU Hardswish LeakyReLU MultiheadAttention PReLU ReLU6 Sigmoid Softmax",
    ),
    Harmless::of("torch.ao.nn.quantized.modules.batchnorm", Role::Made, "BatchNorm2d BatchNorm3d"),
    Harmless::of(
        "torch.ao.nn.quantized.modules.conv",
        Role::Made,
        "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d",
    ),
    Harmless::of("torch.ao.nn.quantized.modules.dropout", Role::Made, "Dropout"),
    Harmless::of(
        "torch.ao.nn.quantized.modules.embedding_ops",
        Role::Made,
        "Embedding EmbeddingBag EmbeddingPackedParams",
    ),
    Harmless::of(
        "torch.ao.nn.quantized.modules.functional_modules",
        Role::Made,
        "FXFloatFunctional FloatFunctional QFunctional",
    ),
    Harmless::of("torch.ao.nn.quantized.modules.linear", Role::Made, "Linear LinearPackedParams"),
    Harmless::of(
        "torch.ao.nn.quantized.modules.normalization",
        Role::Made,
        "GroupNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LayerNorm",
    ),
    Harmless::of("torch.ao.nn.quantized.modules.rnn", Role::Made, "LSTM"),
    Harmless::of("torch.ao.nn.quantized.modules.utils", Role::Made, "WeightedQuantizedModule"),
    Harmless::of(
        "torch.ao.nn.quantized.reference.modules.conv",
        Role::Made,
        "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d",
    ),
    Harmless::of("torch.ao.nn.quantized.reference.modules.linear", Role::Made, "Linear"),
    Harmless::of(
        "torch.ao.nn.quantized.reference.modules.rnn",
        Role::Made,
        "GRU GRUCell LSTM LSTMCell RNNBase RNNCell",
    ),
    Harmless::of("torch.ao.nn.quantized.reference.modules.sparse", Role::Made, "Embedding EmbeddingBag"),
    Harmless::of("torch.ao.nn.quantized.reference.modules.utils", Role::Made, "ReferenceQuantizedModule"),
    Harmless::of("torch.ao.nn.sparse.quantized.dynamic.linear", Role::Made, "Linear"),
    Harmless::of("torch.ao.nn.sparse.quantized.linear", Role::Made, "Linear LinearPackedParams"),
    Harmless::of("torch.ao.nn.sparse.quantized.utils", Role::Made, "LinearBlockSparsePattern"),
    Harmless::of("torch.nn.attention.bias", Role::Class, "CausalVariant"),
    Harmless::of("torch.nn.attention.bias", Role::Made, "CausalBias"),
    Harmless::of("torch.nn.backends.thnn", Role::Function, "_get_thnn_function_backend"),
    // Module pickles name the functions their layers use; naming is all they do.
    Harmless::of(
        "torch.nn.functional",
        Role::Named,
        "relu gelu silu tanh sigmoid softmax log_softmax elu leaky_relu mish hardtanh softplus dropout",
    ),
    Harmless::of(
        "torch.nn.modules.activation",
        Role::Class,
        "ReLU ReLU6 RReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Softmax Softmax2d LogSoftmax Softmin \
         Softplus Softsign Hardtanh Hardsigmoid Hardswish Hardshrink Softshrink Tanhshrink LeakyReLU \
         LogSigmoid PReLU GLU Threshold MultiheadAttention",
    ),
    Harmless::of("torch.nn.modules.adaptive", Role::Class, "AdaptiveLogSoftmaxWithLoss"),
    Harmless::of(
        "torch.nn.modules.batchnorm",
        Role::Class,
        "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d",
    ),
    Harmless::of("torch.nn.modules.channelshuffle", Role::Class, "ChannelShuffle"),
    Harmless::of(
        "torch.nn.modules.container",
        Role::Class,
        "Sequential ModuleList ModuleDict ParameterList ParameterDict Container",
    ),
    Harmless::of(
        "torch.nn.modules.conv",
        Role::Class,
        "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv1d LazyConv2d \
         LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d",
    ),
    Harmless::of("torch.nn.modules.distance", Role::Class, "PairwiseDistance CosineSimilarity"),
    Harmless::of(
        "torch.nn.modules.dropout",
        Role::Class,
        "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout",
    ),
    Harmless::of("torch.nn.modules.flatten", Role::Class, "Flatten Unflatten"),
    Harmless::of("torch.nn.modules.fold", Role::Class, "Fold Unfold"),
    Harmless::of(
        "torch.nn.modules.instancenorm",
        Role::Class,
        "InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyInstanceNorm1d LazyInstanceNorm2d \
         LazyInstanceNorm3d",
    ),
    Harmless::of(
        "torch.nn.modules.linear",
        Role::Class,
        "Linear Bilinear Identity LazyLinear NonDynamicallyQuantizableLinear",
    ),
    Harmless::of(
        "torch.nn.modules.loss",
        Role::Class,
        "L1Loss MSELoss NLLLoss CrossEntropyLoss BCELoss BCEWithLogitsLoss SmoothL1Loss HuberLoss KLDivLoss \
         CTCLoss HingeEmbeddingLoss MarginRankingLoss TripletMarginLoss CosineEmbeddingLoss PoissonNLLLoss \
         GaussianNLLLoss MultiLabelMarginLoss SoftMarginLoss MultiMarginLoss LinearCrossEntropyLoss \
         MultiLabelSoftMarginLoss NLLLoss2d TripletMarginWithDistanceLoss",
    ),
    Harmless::of("torch.nn.modules.module", Role::Class, "Module"),
    Harmless::of("torch.nn.modules.module", Role::Made, "_IncompatibleKeys _WrappedHook"),
    Harmless::of(
        "torch.nn.modules.normalization",
        Role::Class,
        "LayerNorm GroupNorm LocalResponseNorm CrossMapLRN2d RMSNorm",
    ),
    Harmless::of(
        "torch.nn.modules.padding",
        Role::Class,
        "ZeroPad1d ZeroPad2d ZeroPad3d ConstantPad1d ConstantPad2d ConstantPad3d ReflectionPad1d \
         ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d CircularPad1d \
         CircularPad2d CircularPad3d",
    ),
    Harmless::of("torch.nn.modules.pixelshuffle", Role::Class, "PixelShuffle PixelUnshuffle"),
    Harmless::of(
        "torch.nn.modules.pooling",
        Role::Class,
        "MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d \
         AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d MaxUnpool1d MaxUnpool2d \
         MaxUnpool3d LPPool1d LPPool2d FractionalMaxPool2d FractionalMaxPool3d LPPool3d",
    ),
    Harmless::of("torch.nn.modules.rnn", Role::Class, "RNN LSTM GRU RNNCell LSTMCell GRUCell RNNBase"),
    Harmless::of("torch.nn.modules.sparse", Role::Class, "Embedding EmbeddingBag"),
    Harmless::of(
        "torch.nn.modules.transformer",
        Role::Class,
        "Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer",
    ),
    Harmless::of(
        "torch.nn.modules.upsampling",
        Role::Class,
        "Upsample UpsamplingNearest2d UpsamplingBilinear2d",
    ),
    Harmless::of("torch.utils.hooks", Role::Made, "RemovableHandle"),
    Harmless::of("torch.nn.parallel.data_parallel", Role::Made, "DataParallel"),
    Harmless::of("torch.nn.utils.parametrizations", Role::Class, "_OrthMaps"),
    Harmless::of("torch.nn.utils.parametrizations", Role::Made, "_Orthogonal"),
    Harmless::of("torch.nn.utils.parametrize", Role::Made, "ParametrizationList"),
    Harmless::of(
        "torch.nn.utils.prune",
        Role::Made,
        "BasePruningMethod CustomFromMask Identity L1Unstructured LnStructured PruningContainer \
         RandomStructured RandomUnstructured",
    ),
    Harmless::of("torch.nn.utils.rnn", Role::Made, "PackedSequence PackedSequence_"),
    Harmless::of(
        "torch.nn.utils.spectral_norm",
        Role::Made,
        "SpectralNorm SpectralNormLoadStateDictPreHook SpectralNormStateDictHook",
    ),
    Harmless::of("torch.nn.utils.weight_norm", Role::Made, "WeightNorm"),
];

/// Hooks of layers that are not yet shaped, named by a walk from their class.
pub(super) const METHODS: &[Harmless] = &[
    Harmless::of(
        "torch.nn.modules.batchnorm",
        Role::Named,
        "LazyBatchNorm1d._infer_parameters LazyBatchNorm1d._lazy_load_hook LazyBatchNorm2d._infer_parameters \
         LazyBatchNorm2d._lazy_load_hook",
    ),
    Harmless::of(
        "torch.nn.modules.conv",
        Role::Named,
        "LazyConv1d._infer_parameters LazyConv1d._lazy_load_hook LazyConv2d._infer_parameters \
         LazyConv2d._lazy_load_hook",
    ),
    Harmless::of(
        "torch.nn.modules.lazy",
        Role::Named,
        "LazyModuleMixin._infer_parameters LazyModuleMixin._lazy_load_hook",
    ),
    Harmless::of(
        "torch.nn.modules.linear",
        Role::Named,
        "LazyLinear._infer_parameters LazyLinear._lazy_load_hook",
    ),
];
