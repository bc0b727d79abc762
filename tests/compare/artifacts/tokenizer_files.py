"""Tokenizers of every kind, trained on a few sentences; nothing is downloaded."""

import collections

import tokenizers
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from . import pickles

CORPUS = ["the model reads words", "words of the model", "some more text, with commas", "1 2 3 numbers"] * 20
SPECIAL = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
TEMPLATE = "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}{% endfor %}"


def kinds():
    yield "bpe", models.BPE(unk_token="[UNK]"), trainers.BpeTrainer(vocab_size=120, special_tokens=SPECIAL), pre_tokenizers.Whitespace()
    yield "byte-bpe", models.BPE(), trainers.BpeTrainer(vocab_size=300, special_tokens=SPECIAL), pre_tokenizers.ByteLevel()
    yield "word-piece", models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=120, special_tokens=SPECIAL), pre_tokenizers.BertPreTokenizer()
    yield "unigram", models.Unigram(), trainers.UnigramTrainer(vocab_size=60, special_tokens=SPECIAL, unk_token="[UNK]"), pre_tokenizers.Metaspace()
    yield "word-level", models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(special_tokens=SPECIAL), pre_tokenizers.Split(" ", "removed")


def make(collection):
    for name, model, trainer, splitter in kinds():
        tokenizer = tokenizers.Tokenizer(model)
        tokenizer.pre_tokenizer = splitter
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
        tokenizer.train_from_iterator(CORPUS, trainer)
        tokenizer.decoder = decoders.ByteLevel() if name == "byte-bpe" else decoders.WordPiece()
        tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
        collection.add("tokenizers", f"{name}.json", "json", lambda path, t=tokenizer: t.save(str(path)))
        collection.add("tokenizers", f"{name}-files", "json", lambda path, t=tokenizer: (path.mkdir(exist_ok=True), t.model.save(str(path))))
        fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", chat_template=TEMPLATE)
        collection.add("transformers", f"{name}-tokenizer", "hf-repo", lambda path, fast=fast: fast.save_pretrained(path))
        pickles.some(collection, "tokenizers", name, tokenizer, 1)
        pickles.some(collection, "transformers", name, fast, 1)
        batch = fast(CORPUS[:2], padding=True)
        pickles.some(collection, "transformers", f"{name}-batch", batch, 1)
    _models(collection)


def _models(collection):
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 64}
    architectures = {
        "bert": (transformers.BertConfig, transformers.BertModel), "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "roberta": (transformers.RobertaConfig, transformers.RobertaModel), "mistral": (transformers.MistralConfig, transformers.MistralModel),
        "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM), "vit": (transformers.ViTConfig, transformers.ViTModel),
    }
    for name, (config, model) in architectures.items():
        settings = config(**small)
        collection.add("transformers", f"{name}-model", "hf-repo", lambda path, c=settings, m=model: m(c).save_pretrained(path))
        pickles.some(collection, "transformers", f"{name}-config", settings, 1)
    generation = transformers.GenerationConfig(max_length=20)
    collection.add("transformers", "generation", "hf-repo", generation.save_pretrained)
    pickles.some(collection, "transformers", "generation", generation, 1)
    import torch

    arguments = transformers.TrainingArguments("out", report_to=[], use_cpu=True)
    collection.add("transformers", "training_args.bin", "torch-zip", lambda path: torch.save(arguments, path))
    collection.add("transformers", "training_args.legacy.bin", "torch-legacy", lambda path: torch.save(arguments, path, _use_new_zipfile_serialization=False))
    output = transformers.modeling_outputs.BaseModelOutput(last_hidden_state=torch.ones(1, 2, 3))
    pickles.some(collection, "transformers", "output", output, 2)
    pickles.some(collection, "transformers", "vocabulary", collections.OrderedDict((word, n) for n, word in enumerate(SPECIAL)), 2)
