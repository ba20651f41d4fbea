import Deployments
import TestSupport
import Testing

@Suite struct ModelFamiliesTests {
    @Test(arguments: [
        ("qwen3-32b", "qwen3-32b"), ("Qwen/Qwen3-32B", "qwen3-32b"), ("Qwen/Qwen3-32B-AWQ", "qwen3-32b"),
        ("acme/qwen3-32b-17", "qwen3-32b"), ("meta/llama-3.1-8b-instruct", "llama-3.1-8b"),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b"), ("Llama3.3-70B", "llama-3.3-70b"),
        ("deepseek-ai/DeepSeek-R1", "deepseek-r1"), ("deepseek-r1-0528", "deepseek-r1"),
        ("DeepSeek-R1-Distill-Qwen-32B", "deepseek-r1-distill-qwen-32b"),
        ("openai/gpt-oss-120b", "gpt-oss-120b"), ("microsoft/phi-4", "phi-4"),
        ("Phi-4-mini-instruct", "phi-4-mini"), ("ＱＷＥＮ3-8b", "qwen3-8b"),
    ])
    func aCommonModelHasItsFamilyOnEveryPlatform(_ model: String, _ family: String) {
        #expect(ModelFamilies.shipped.family(of: model) == family)
    }

    @Test(arguments: [
        "my-own-model", "qwen3-320b", "xqwen3-32b", "qwen3-32b/adapter", "qwen-flash-2025-07-28", "llama", "",
        "/", "deepseek-r1-zero", "phi-4-reasoning",
    ])
    func aModelThatNoAliasMatchesHasNone(_ model: String) {
        #expect(ModelFamilies.shipped.family(of: model) == nil)
    }

    @Test(
        arguments: [
            ("acme/chat-7", "acme-chat"), ("ACME-CHAT", "acme-chat"), ("other/chat-7", nil),
            ("qwen3-8b", "ours"),
            ("qwen3-32b", "qwen3-32b"), ("x-special-y", "special"), ("a-mid-b-end", "runs"), ("a-b-end", nil),
            ("a-mid-end", "runs"),
        ] as [(String, String?)])
    func theOperatorsAliasesComeFirst(_ model: String, _ family: String?) {
        let families = ModelFamilies([
            ModelFamily("acme-chat", ["acme/chat-%", "acme-chat"]), ModelFamily("ours", ["qwen3-8b"]),
            ModelFamily("any", ["x-%"]), ModelFamily("special", ["x-special%"]),
            ModelFamily("runs", ["a-%mid%-end"]),
        ])
        #expect(families.family(of: model) == family)
        // Once more, from what is known.
        #expect(families.family(of: model) == family)
    }

    @Test func tablesWithTheSameAliasesAreEqual() {
        let own = [ModelFamily("a", ["b"])]
        #expect(ModelFamilies(own) == ModelFamilies(own))
        #expect(ModelFamilies(own) != ModelFamilies.shipped)
        #expect(ModelFamilies([]) == ModelFamilies.shipped)
    }

    @Test func theBaseModelDecidesBeforeTheModel() {
        func family(_ model: String?, base: String?) -> String? {
            var row = record("x")
            (row.model, row.baseModel) = (model, base)
            row.setModelFamily()
            return row.modelFamily
        }
        #expect(family("acme/tuned", base: "Qwen/Qwen3-8B") == "qwen3-8b")
        #expect(family("qwen3-32b", base: "Qwen/Qwen3-8B") == "qwen3-8b")
        #expect(family("qwen3-32b", base: "acme/own") == "qwen3-32b")
        #expect(family("acme/tuned", base: nil) == nil)
        #expect(family(nil, base: nil) == nil)
    }
}
