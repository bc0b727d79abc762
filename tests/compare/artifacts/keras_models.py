"""keras and tensorflow: models in .keras, .h5 and SavedModel, weights, checkpoints, lite and records."""

import json
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from . import pickles


def models():
    inputs = keras.Input((8,))
    yield "dense", keras.Sequential([inputs, layers.Dense(4, activation="relu"), layers.Dropout(0.1), layers.Dense(1)])
    yield "convolution", keras.Sequential([
        keras.Input((8, 8, 3)), layers.Conv2D(2, 3), layers.BatchNormalization(), layers.MaxPooling2D(), layers.Flatten(),
        layers.Dense(2, activation="softmax", kernel_regularizer="l2", kernel_initializer="he_normal"),
    ])
    yield "recurrent", keras.Sequential([keras.Input((5, 3)), layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.GRU(2)])
    yield "embedding", keras.Sequential([keras.Input((5,)), layers.Embedding(10, 4), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    hidden = layers.Dense(4)(inputs)
    joined = layers.Concatenate()([hidden, layers.LayerNormalization()(inputs)])
    yield "functional", keras.Model(inputs, [layers.Dense(1, name="a")(joined), layers.Dense(2, name="b")(layers.Add()([hidden, hidden]))])
    tokens = keras.Input((6, 8))
    attended = layers.MultiHeadAttention(2, 4)(tokens, tokens)
    yield "attention", keras.Model(tokens, layers.Dense(1)(layers.UnitNormalization()(attended + tokens)))
    yield "nested", keras.Sequential([inputs, keras.Sequential([keras.Input((8,)), layers.Dense(3)]), layers.Softmax()])
    image = keras.Input((8, 8, 3))
    yield "augmented", keras.Model(image, layers.Rescaling(1 / 255)(layers.RandomFlip()(layers.RandomRotation(0.1)(image))))
    yield "distributed", keras.Sequential([keras.Input((3, 8)), layers.TimeDistributed(layers.Dense(2)), layers.Masking()])
    separable = keras.Sequential([image, layers.SeparableConv2D(2, 3), layers.DepthwiseConv2D(3), layers.Activation("swish"), layers.GlobalMaxPooling2D()])
    yield "separable", separable
    normal = layers.Normalization()
    normal.adapt(np.array([[1.0] * 8, [2.0] * 8]))
    yield "normalized", keras.Sequential([inputs, normal, layers.Dense(1, activation=keras.activations.gelu)])
    yield "hashed", keras.Sequential([keras.Input((1,), dtype="string"), layers.Hashing(10), layers.Embedding(10, 2)])


def make(collection):
    warnings.simplefilter("ignore")
    for name, model in models():
        model.compile("adam", "mse", metrics=["mae"])
        collection.add("keras", f"{name}.keras", "keras", model.save)
        collection.add("keras", f"{name}.h5", "keras-h5", model.save)
        collection.add("keras", f"{name}.weights.h5", "hdf5", model.save_weights)
        collection.add("keras", f"{name}.json", "json", lambda path, model=model: path.write_text(model.to_json()))
        collection.add("tensorflow", f"{name}-saved-model", "tf-savedmodel", lambda path, model=model: model.export(str(path), verbose=False))
        collection.add("tensorflow", f"{name}-checkpoint", "tf-checkpoint", lambda path, model=model: tf.train.Checkpoint(model).write(str(path / "ckpt")))
        if name in ("dense", "convolution", "functional"):
            collection.add("tensorflow", f"{name}.tflite", "tflite", lambda path, model=model: path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert()))
    for optimizer in ("sgd", "rmsprop", "adamw", "nadam", "lion"):
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
        model.fit(tf.ones((4, 2)), tf.ones(4), verbose=0)
        collection.add("keras", f"trained-{optimizer}.keras", "keras", model.save)
        collection.add("keras", f"trained-{optimizer}.h5", "keras-h5", model.save)
    pickles.some(collection, "keras", "history", {"loss": [0.5, 0.4], "config": json.loads(model.to_json())}, 2)
    collection.add("tensorflow", "module", "tf-savedmodel", _module)
    collection.add("tensorflow", "records.tfrecord", "tfrecord", _records)


def _module(path):
    class Scale(tf.Module):
        def __init__(self):
            self.factor = tf.Variable(2.0)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, x):
            return tf.cond(tf.reduce_sum(x) > 0, lambda: x * self.factor, lambda: x)

    tf.saved_model.save(Scale(), str(path))


def _records(path):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(5):
            feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[number]))
            writer.write(tf.train.Example(features=tf.train.Features(feature={"n": feature})).SerializeToString())
