//! transformers (4.0 to 5.23), accelerate and tokenizers.
//!
//! Settings are made empty and given their attributes: the constructors of `TrainingArguments` and of accelerate's
//! states start programs and processes. Left out on purpose: tokenizers in Python, which open the file that their state
//! names, and the models' own classes.

use super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("accelerate.state", Role::Made, "PartialState AcceleratorState"),
    Harmless::of("accelerate.utils.dataclasses", Role::Class, "DistributedType DynamoBackend"),
    Harmless::of(
        "accelerate.utils.dataclasses",
        Role::Made,
        "DeepSpeedPlugin FullyShardedDataParallelPlugin",
    ),
    Harmless::of("tokenizers", Role::Made, "Tokenizer Encoding"),
    Harmless::of("tokenizers", Role::Class, "AddedToken"),
    Harmless::of("tokenizers.decoders", Role::Made, "Decoder"),
    Harmless::of("tokenizers.models", Role::Made, "Model BPE WordPiece WordLevel Unigram"),
    Harmless::of("tokenizers.normalizers", Role::Made, "Normalizer"),
    Harmless::of("tokenizers.pre_tokenizers", Role::Made, "PreTokenizer"),
    Harmless::of("tokenizers.processors", Role::Made, "PostProcessor"),
    Harmless::of("transformers.configuration_utils", Role::Made, "PretrainedConfig PreTrainedConfig"),
    Harmless::of("transformers.generation.configuration_utils", Role::Made, "GenerationConfig CompileConfig"),
    Harmless::of("transformers.modeling_outputs", Role::Container, OUTPUTS),
    Harmless::of("transformers.models.albert.configuration_albert", Role::Made, "AlbertConfig"),
    Harmless::of("transformers.models.bart.configuration_bart", Role::Made, "BartConfig"),
    Harmless::of("transformers.models.bert.configuration_bert", Role::Made, "BertConfig"),
    Harmless::of(
        "transformers.models.clip.configuration_clip",
        Role::Made,
        "CLIPConfig CLIPTextConfig CLIPVisionConfig",
    ),
    Harmless::of("transformers.models.deberta_v2.configuration_deberta_v2", Role::Made, "DebertaV2Config"),
    Harmless::of("transformers.models.distilbert.configuration_distilbert", Role::Made, "DistilBertConfig"),
    Harmless::of("transformers.models.electra.configuration_electra", Role::Made, "ElectraConfig"),
    Harmless::of("transformers.models.gemma.configuration_gemma", Role::Made, "GemmaConfig"),
    Harmless::of("transformers.models.gemma2.configuration_gemma2", Role::Made, "Gemma2Config"),
    Harmless::of("transformers.models.gpt2.configuration_gpt2", Role::Made, "GPT2Config"),
    Harmless::of("transformers.models.gpt_neox.configuration_gpt_neox", Role::Made, "GPTNeoXConfig"),
    Harmless::of("transformers.models.llama.configuration_llama", Role::Made, "LlamaConfig"),
    Harmless::of("transformers.models.mistral.configuration_mistral", Role::Made, "MistralConfig"),
    Harmless::of("transformers.models.mixtral.configuration_mixtral", Role::Made, "MixtralConfig"),
    Harmless::of("transformers.models.mpnet.configuration_mpnet", Role::Made, "MPNetConfig"),
    Harmless::of("transformers.models.opt.configuration_opt", Role::Made, "OPTConfig"),
    Harmless::of("transformers.models.phi.configuration_phi", Role::Made, "PhiConfig"),
    Harmless::of("transformers.models.phi3.configuration_phi3", Role::Made, "Phi3Config"),
    Harmless::of("transformers.models.qwen2.configuration_qwen2", Role::Made, "Qwen2Config"),
    Harmless::of("transformers.models.qwen3.configuration_qwen3", Role::Made, "Qwen3Config"),
    Harmless::of("transformers.models.roberta.configuration_roberta", Role::Made, "RobertaConfig"),
    Harmless::of("transformers.models.t5.configuration_t5", Role::Made, "T5Config"),
    Harmless::of("transformers.models.vit.configuration_vit", Role::Made, "ViTConfig"),
    Harmless::of("transformers.models.wav2vec2.configuration_wav2vec2", Role::Made, "Wav2Vec2Config"),
    Harmless::of("transformers.models.whisper.configuration_whisper", Role::Made, "WhisperConfig"),
    Harmless::of("transformers.models.xlm_roberta.configuration_xlm_roberta", Role::Made, "XLMRobertaConfig"),
    Harmless::of("transformers.tokenization_utils_base", Role::Container, "BatchEncoding"),
    Harmless::of("transformers.tokenization_utils_fast", Role::Made, "PreTrainedTokenizerFast"),
    Harmless::of("transformers.tokenization_utils_tokenizers", Role::Made, "TokenizersBackend"),
    Harmless::of("transformers.trainer_pt_utils", Role::Made, "AcceleratorConfig"),
    Harmless::of(
        "transformers.trainer_utils",
        Role::Class,
        "IntervalStrategy SchedulerType HubStrategy FSDPOption EvaluationStrategy SaveStrategy \
         ShardedDDPOption",
    ),
    Harmless::of("transformers.training_args", Role::Made, "TrainingArguments"),
    Harmless::of("transformers.training_args", Role::Class, "OptimizerNames ParallelMode"),
    Harmless::of("transformers.training_args_seq2seq", Role::Made, "Seq2SeqTrainingArguments"),
];

/// What models give: dictionaries that are called with their items.
const OUTPUTS: &str = "BaseModelOutput BaseModelOutputWithPast BaseModelOutputWithPooling CausalLMOutput \
                       CausalLMOutputWithPast MaskedLMOutput Seq2SeqLMOutput Seq2SeqModelOutput \
                       SequenceClassifierOutput TokenClassifierOutput QuestionAnsweringModelOutput \
                       ImageClassifierOutput";
