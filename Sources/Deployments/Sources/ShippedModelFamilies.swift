/// The common open models.
///
/// Names are those of the publishers' repositories (huggingface.co, 2026-11), and what platforms make of them. A
/// family is one model of one size: its base, its instruction-tuned and its quantized forms.
extension ModelFamily {
    static let shipped: [ModelFamily] = qwen + llama + deepseek + others

    private static var qwen: [ModelFamily] {
        var families = [named("qwq-32b"), named("qwen3-next-80b-a3b")]
        for size in ["0.6b", "1.7b", "4b", "8b", "14b", "32b", "30b-a3b", "235b-a22b"] {
            families.append(named("qwen3-\(size)"))
        }
        for size in ["30b-a3b", "480b-a35b"] { families.append(named("qwen3-coder-\(size)")) }
        for size in ["0.5b", "1.5b", "3b", "7b", "14b", "32b", "72b"] {
            for line in ["qwen2.5", "qwen2.5-coder", "qwen2.5-vl"] {
                families.append(named("\(line)-\(size)"))
            }
        }
        return families
    }

    private static var llama: [ModelFamily] {
        var families = [
            named("llama-4-scout"), named("llama-4-maverick"), named("llama-3.1-nemotron-70b"),
            named("llama-3.3-nemotron-super-49b"),
        ]
        for version in [
            "2-7b", "2-13b", "2-70b", "3-8b", "3-70b", "3.1-8b", "3.1-70b", "3.1-405b", "3.2-1b", "3.2-3b",
            "3.2-11b", "3.2-90b", "3.3-70b",
        ] {
            families.append(named("llama-\(version)", "meta-llama-\(version)", "llama\(version)"))
        }
        return families
    }

    private static var deepseek: [ModelFamily] {
        // Other models follow these names with `-`, so their forms are listed.
        var families = [
            ModelFamily("deepseek-r1", ["deepseek-r1", "deepseek-r1-0528"]),
            ModelFamily("deepseek-v3", ["deepseek-v3", "deepseek-v3-base", "deepseek-v3-0324"]),
            named("deepseek-v3.1"), named("deepseek-v3.2"),
        ]
        for model in ["qwen-1.5b", "qwen-7b", "qwen-14b", "qwen-32b", "llama-8b", "llama-70b"] {
            families.append(named("deepseek-r1-distill-\(model)"))
        }
        return families
    }

    private static let others: [ModelFamily] = [
        named("mistral-7b"), named("mistral-nemo-12b", "mistral-nemo"), named("mistral-small-24b"),
        named("ministral-8b"), named("mixtral-8x7b"), named("mixtral-8x22b"), named("codestral-22b"),
        named("gemma-2-2b"), named("gemma-2-9b"), named("gemma-2-27b"), named("gemma-3-1b"),
        named("gemma-3-4b"), named("gemma-3-12b"), named("gemma-3-27b"), named("gpt-oss-20b"),
        named("gpt-oss-120b"), named("phi-3-mini"), named("phi-3-medium"), named("phi-3.5-mini"),
        named("phi-4-mini"), ModelFamily("phi-4", ["phi-4"]), named("glm-4.5-air"),
        ModelFamily("glm-4.5", ["glm-4.5", "glm-4.5-fp8", "glm-4.5-base"]),
        ModelFamily("glm-4.6", ["glm-4.6", "glm-4.6-fp8"]),
        ModelFamily("kimi-k2", ["kimi-k2", "kimi-k2-base", "kimi-k2-instruct%"]),
        ModelFamily("bge-m3", ["bge-m3"]), ModelFamily("whisper-small", ["whisper-small"]),
        ModelFamily("whisper-large-v3", ["whisper-large-v3"]),
        ModelFamily("whisper-large-v3-turbo", ["whisper-large-v3-turbo"]),
    ]

    /// A family whose models are called by its name or by another, alone or with `-` and the form after it.
    private static func named(_ name: String, _ others: String...) -> ModelFamily {
        ModelFamily(name, ([name] + others).flatMap { [$0, "\($0)-%"] })
    }
}
