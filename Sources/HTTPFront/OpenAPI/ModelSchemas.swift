import Deployments

/// The schemas of models that can be called, and of the error that clients of OpenAI's read.
extension ResponseSchemas {
    static let models: [(String, JSONTree)] = [
        ("ModelList", modelList), ("Model", model), ("ModelEndpoint", modelEndpoint),
        ("OpenAIError", openAIError),
    ]

    private static let modelList = object(
        "Every model that can be called now, in the order of their ids.",
        [("object", constant("list")), ("data", list(of: "Model")), ("rollcall", coverage)])

    private static let coverage = object(
        "What the list covers, as in a list of deployments.",
        [("total_is", totalIs), ("snapshot", reference("Snapshot"))] + withOldest)

    private static let model = object(
        "A served name with every deployment that answers to it.",
        [
            ("id", text), ("object", constant("model")), ("created", created), ("owned_by", owner),
            ("rollcall", facts),
        ])

    private static func constant(_ word: String) -> JSONTree { ["type": "string", "const": .text(word)] }

    private static let created: JSONTree = [
        "type": "integer", "description": "Seconds since 1970 of the earliest creation; 0 if none is known.",
    ]

    private static let owner = text.adding([
        "description": "The platforms of the deployments, with commas between."
    ])

    /// The list's coverage is here only in the answer with one model.
    private static let facts = object(
        "What OpenAI's shape has no place for.",
        [
            ("model_family", agreed), ("task", agreed), ("cold_start", coldStart),
            ("endpoints", list(of: "ModelEndpoint")),
        ], optional: [("snapshot", reference("Snapshot"))] + withOldest)

    private static let agreed = textOrNull.adding([
        "description": "null if the deployments differ, or if none states it."
    ])

    private static let coldStart = bool.adding(["description": "True if every deployment is scaled to zero."])

    private static let modelEndpoint = object(
        "A deployment that serves the model.",
        [
            ("uid", text), ("source", text), ("region", textOrNull), ("serving", terms(Serving.self)),
            ("base_url", text), ("protocol", textOrNull), ("auth", textOrNull),
            ("observed_at", listTime), ("stale", stale),
        ])

    private static let listTime = timeOrNull.adding(["description": "The time of the list that it is in."])
    private static let stale = bool.adding(["description": "True if that list is not fresh."])

    private static let openAIError = object(
        "The error as clients of OpenAI's read it.",
        [("message", text), ("type", text), ("code", text), ("param", textOrNull)])
}
