//! torch: optimizers, schedules, data sets and samplers.

use super::super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("torch.amp.grad_scaler", Role::Class, "OptState"),
    Harmless::of("torch.amp.grad_scaler", Role::Made, "GradScaler _MultiDeviceReplicator"),
    Harmless::of("torch.distributed._shard.sharded_tensor.metadata", Role::Class, "TensorProperties"),
    Harmless::of("torch.optim", Role::Made, "Adafactor Muon"),
    Harmless::of("torch.optim.adadelta", Role::Class, "Adadelta"),
    Harmless::of("torch.optim.adagrad", Role::Class, "Adagrad"),
    Harmless::of("torch.optim.adam", Role::Class, "Adam"),
    Harmless::of("torch.optim.adamax", Role::Class, "Adamax"),
    Harmless::of("torch.optim.adamw", Role::Class, "AdamW"),
    Harmless::of("torch.optim.asgd", Role::Made, "ASGD"),
    Harmless::of("torch.optim.lbfgs", Role::Made, "LBFGS"),
    Harmless::of(
        "torch.optim.lr_scheduler",
        Role::Class,
        "StepLR MultiStepLR ExponentialLR CosineAnnealingLR ReduceLROnPlateau LambdaLR OneCycleLR CyclicLR \
         CosineAnnealingWarmRestarts LinearLR ConstantLR PolynomialLR SequentialLR ChainedScheduler",
    ),
    Harmless::of("torch.optim.lr_scheduler", Role::Container, "_SchedulePhase"),
    Harmless::of("torch.optim.lr_scheduler", Role::Made, "LRScheduler MultiplicativeLR _LRScheduler"),
    Harmless::of("torch.optim.nadam", Role::Class, "NAdam"),
    Harmless::of("torch.optim.optimizer", Role::Made, "Optimizer _RequiredParameter"),
    Harmless::of("torch.optim.radam", Role::Class, "RAdam"),
    Harmless::of("torch.optim.rmsprop", Role::Class, "RMSprop"),
    Harmless::of("torch.optim.rprop", Role::Made, "Rprop"),
    Harmless::of("torch.optim.sgd", Role::Class, "SGD"),
    Harmless::of("torch.optim.sparse_adam", Role::Made, "SparseAdam"),
    Harmless::of("torch.optim.swa_utils", Role::Made, "AveragedModel SWALR"),
    Harmless::of("torch.utils.data.dataloader", Role::Made, "DataLoader _InfiniteConstantSampler"),
    Harmless::of("torch.utils.data._utils.collate", Role::Named, "default_collate default_convert"),
    Harmless::of("torch.utils.data.dataset", Role::Class, "TensorDataset Subset ConcatDataset"),
    Harmless::of("torch.utils.data.dataset", Role::Made, "ChainDataset Dataset StackDataset"),
    Harmless::of("torch.utils.data.distributed", Role::Made, "DistributedSampler"),
    Harmless::of(
        "torch.utils.data.sampler",
        Role::Made,
        "BatchSampler RandomSampler Sampler SequentialSampler SubsetRandomSampler WeightedRandomSampler",
    ),
];
