//! torchvision: models that are saved whole.

use super::super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("torchvision.models.alexnet", Role::Class, "AlexNet"),
    Harmless::of("torchvision.models.densenet", Role::Class, "DenseNet _DenseBlock _DenseLayer _Transition"),
    Harmless::of("torchvision.models.efficientnet", Role::Class, "EfficientNet MBConv FusedMBConv"),
    Harmless::of("torchvision.models.mobilenetv2", Role::Class, "MobileNetV2 InvertedResidual"),
    Harmless::of("torchvision.models.mobilenetv3", Role::Class, "MobileNetV3 InvertedResidual"),
    Harmless::of("torchvision.models.resnet", Role::Class, "ResNet BasicBlock Bottleneck"),
    Harmless::of("torchvision.models.vgg", Role::Class, "VGG"),
    Harmless::of(
        "torchvision.ops.misc",
        Role::Class,
        "Conv2dNormActivation SqueezeExcitation FrozenBatchNorm2d",
    ),
    Harmless::of("torchvision.ops.stochastic_depth", Role::Class, "StochasticDepth"),
];
