//! Which library would load some content.

/// Which library would load this content. Allow-lists are pinned to it: what is harmless in a torch checkpoint may
/// not be in a joblib file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loader {
    /// Not known: `pickle.load` or anything else.
    Any,
    /// `numpy.load`: object arrays.
    Numpy,
    /// `torch.load`: persistent ids are storages.
    Torch,
    /// `torch.jit.load`: TorchScript source.
    TorchScript,
    /// `TorchServe`: handlers, whose functions a server calls.
    TorchServe,
    /// A container runtime, as a layer of an image: links in it are followed inside the image.
    Image,
}
