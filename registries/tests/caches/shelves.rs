use assay_core::Source;

use crate::scratch::{Scratch, names, references};

#[test]
fn a_torch_checkpoint_and_a_hub_repository_are_artifacts() {
    let scratch = Scratch::new(Source::Torch);
    scratch.file("checkpoints/resnet18-f37072fd.pth", "x");
    scratch.file("checkpoints/new.pth.3f1c.partial", "x");
    scratch.file("pytorch_vision_v0.10.0/hubconf.py", "x");
    scratch.file("pytorch_vision_v0.10.0/models/a.py", "x");
    scratch.file("trusted_list", "x");
    let inventory = scratch.inventory();
    assert_eq!(
        references(&inventory),
        [
            "torch://checkpoints/resnet18-f37072fd.pth",
            "torch://pytorch_vision_v0.10.0",
            "torch://trusted_list"
        ]
    );
    assert_eq!(names(&inventory.artifacts[1]), ["hubconf.py", "models/a.py"]);
    assert_eq!(inventory.artifacts[0].files[0].claims, []);
    assert_eq!(inventory.in_flight, [scratch.path("checkpoints/new.pth.3f1c.partial")]);
}

#[test]
fn a_keras_weight_file_and_an_extracted_archive_are_artifacts() {
    let scratch = Scratch::new(Source::Keras);
    scratch.file("keras.json", "x");
    scratch.file("models/vgg16.h5", "x");
    scratch.file("datasets/flowers_extracted/a/1.jpg", "x");
    assert_eq!(
        references(&scratch.inventory()),
        ["keras://datasets/flowers_extracted", "keras://keras.json", "keras://models/vgg16.h5"]
    );
}

#[test]
fn a_change_on_a_shelf_lists_one_entry_of_it() {
    let scratch = Scratch::new(Source::Torch);
    scratch.file("checkpoints/a.pth", "x");
    scratch.file("checkpoints/b.pth", "x");
    assert_eq!(references(&scratch.below("checkpoints/a.pth")), ["torch://checkpoints/a.pth"]);
    assert_eq!(scratch.below("checkpoints").artifacts, scratch.inventory().artifacts);
}

#[test]
fn a_shelf_that_is_a_link_out_of_the_root_is_refused() {
    let scratch = Scratch::new(Source::Torch);
    scratch.link("checkpoints", "/usr");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), [""; 0]);
    assert_eq!(inventory.problems.len(), 1);
    assert_eq!(scratch.below("checkpoints/bin").artifacts, []);
}
