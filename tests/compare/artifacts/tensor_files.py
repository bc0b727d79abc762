"""safetensors, GGUF, ONNX, HDF5, msgpack and JAX checkpoints: formats that hold tensors and hardly any program."""

import flax.linen
import flax.serialization
import gguf
import h5py
import jax
import numpy as np
import onnx
import onnx.helper as make_onnx
import orbax.checkpoint
import safetensors.numpy
import skl2onnx
from sklearn import datasets, ensemble, linear_model, pipeline, preprocessing, svm

from . import pickles

DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()


def make(collection):
    _safetensors(collection)
    _gguf(collection)
    _onnx(collection)
    _hdf5(collection)
    _jax(collection)


def _safetensors(collection):
    def add(name, tensors, metadata=None):
        collection.add("safetensors", f"{name}.safetensors", "safetensors", lambda path: safetensors.numpy.save_file(tensors, path, metadata))

    for dtype in DTYPES:
        add(f"dtype-{dtype}", {"t": np.ones((2, 3), dtype)})
    add("layers", {f"model.layers.{n}.weight": np.random.rand(4, 4).astype("f4") for n in range(12)}, {"format": "pt"})
    add("empty", {"none": np.empty((0, 2), "f4"), "scalar": np.array(1.0, "f4")})
    add("metadata", {"a": np.ones(1)}, {"title": "a model", "license": "MIT", "notes": "x" * 1000})
    add("no-tensors", {}, {"format": "np"})


def _gguf(collection):
    quantizations = [gguf.GGMLQuantizationType[name] for name in ("F32", "F16", "Q8_0", "Q4_0", "Q5_1", "BF16")]
    for kind in quantizations:
        collection.add("gguf", f"{kind.name}.gguf", "gguf", lambda path, kind=kind: _gguf_file(path, kind))
    for arch in ("llama", "bert", "qwen2", "whisper"):
        collection.add("gguf", f"vocabulary-{arch}.gguf", "gguf", lambda path, arch=arch: _gguf_file(path, quantizations[0], arch))


TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}{% else %}{{ raise_exception('no such role') }}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '[INST]' }}{% endif %}"
)


def _gguf_file(path, kind, arch="llama"):
    writer = gguf.GGUFWriter(path, arch)
    writer.add_context_length(128)
    writer.add_embedding_length(64)
    writer.add_block_count(1)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["<s>", "</s>", "a", "b"])
    writer.add_token_scores([0.0, 0.0, 1.0, 2.0])
    writer.add_chat_template(TEMPLATE)
    writer.add_name(f"tiny {arch}")
    weights = np.random.rand(64, 64).astype("f4")
    writer.add_tensor("token_embd.weight", gguf.quants.quantize(weights, kind), raw_dtype=kind)
    writer.add_tensor("output_norm.weight", np.ones(64, "f4"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _onnx(collection):
    features, target = datasets.make_classification(40, 4, random_state=3)
    features = features.astype("f4")
    estimators = {
        "logistic": linear_model.LogisticRegression(), "forest": ensemble.RandomForestClassifier(3), "svm": svm.SVC(),
        "boosting": ensemble.GradientBoostingClassifier(n_estimators=2),
        "scaled": pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.SGDClassifier()),
    }
    for name, estimator in estimators.items():
        converted = skl2onnx.to_onnx(estimator.fit(features, target), features[:1])
        collection.add("onnx", f"{name}.onnx", "onnx", lambda path, model=converted: onnx.save(model, path))
    for name, model in _graphs():
        collection.add("onnx", f"{name}.onnx", "onnx", lambda path, model=model: onnx.save(model, path))
    external = next(model for name, model in _graphs() if name == "matmul")
    collection.add("onnx", "external", "onnx", lambda path: _external(path, external))


def _external(path, model):
    path.mkdir()
    onnx.save(model, path / "model.onnx", save_as_external_data=True, size_threshold=0, location="model.onnx.data")


def _graphs():
    value, tensor = make_onnx.make_tensor_value_info, onnx.TensorProto
    weights = onnx.numpy_helper.from_array(np.random.rand(4, 4).astype("f4"), "w")

    def model(name, nodes, weights=(), **options):
        graph = make_onnx.make_graph(nodes, name, [value("x", tensor.FLOAT, [None, 4])], [value("y", tensor.FLOAT, None)], list(weights))
        return name, make_onnx.make_model(graph, **options)

    node = make_onnx.make_node
    yield model("matmul", [node("MatMul", ["x", "w"], ["y"])], [weights])
    yield model("relu", [node("MatMul", ["x", "w"], ["h"]), node("Relu", ["h"], ["y"])], [weights], producer_name="test")
    yield model("quantized", [node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]), node("DequantizeLinear", ["q", "s", "z"], ["y"])])
    yield model("scaler", [node("Scaler", ["x"], ["y"], domain="ai.onnx.ml", offset=[0.0], scale=[1.0])], opset_imports=[make_onnx.make_opsetid("ai.onnx.ml", 3), make_onnx.make_opsetid("", 18)])
    branch = make_onnx.make_graph([node("Identity", ["x"], ["b"])], "branch", [], [value("b", tensor.FLOAT, None)])
    truth = onnx.numpy_helper.from_array(np.array(True), "c")
    yield model("branches", [node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)], [truth])


def _hdf5(collection):
    def write(path):
        with h5py.File(path, "w") as file:
            file.attrs["title"] = "weights"
            group = file.create_group("layer/inner")
            group.create_dataset("kernel", data=np.random.rand(20, 20), compression="gzip", shuffle=True, chunks=(5, 5))
            group.create_dataset("names", data=["a", "b"], dtype=h5py.string_dtype())
            file["alias"] = h5py.SoftLink("/layer/inner/kernel")
            file.create_dataset("table", data=np.zeros(3, dtype=[("a", "i4"), ("b", "f8")]))

    collection.add("h5py", "groups.h5", "hdf5", write)
    collection.add("h5py", "latest.hdf5", "hdf5", lambda path: h5py.File(path, "w", libver="latest").create_dataset("x", data=[1, 2]).file.close())


def _jax(collection):
    class Net(flax.linen.Module):
        @flax.linen.compact
        def __call__(self, x):
            return flax.linen.Dense(2)(flax.linen.relu(flax.linen.Dense(3)(x)))

    variables = Net().init(jax.random.key(0), np.ones((1, 4), "f4"))
    collection.add("flax", "params.msgpack", "flax-msgpack", lambda path: path.write_bytes(flax.serialization.to_bytes(variables)))
    collection.add("flax", "state.msgpack", "flax-msgpack", lambda path: path.write_bytes(flax.serialization.msgpack_serialize({"step": 3, "w": np.ones(3)})))
    for name, tree in {"params": variables, "numpy": {"a": np.ones(2), "b": [1, 2]}}.items():
        checkpointer = orbax.checkpoint.StandardCheckpointer()
        collection.add("orbax", name, "orbax", lambda path, tree=tree, saver=checkpointer: (saver.save(path.absolute(), tree), saver.wait_until_finished()))
    host = jax.tree.map(np.asarray, variables)
    pickles.some(collection, "flax", "params", host, 3)
    pickles.some(collection, "flax", "frozen", flax.core.freeze(host), 2)
    pickles.some(collection, "flax", "arrays", {"w": jax.numpy.ones(3)}, 2)
