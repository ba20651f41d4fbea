/// The facts that a made-up NeMo tells beside its list of deployments.
///
/// Each follows from a key, and so it is right at any time: the truth that looked-up fields are compared with.
enum SideFacts {
    static func config(of key: String) -> String { "c-\(key)" }

    static func model(of config: String, version: String) -> String { "m/\(modelName(config, version))" }

    private static func modelName(_ config: String, _ version: String) -> String { "\(config)-v\(version)" }

    /// The URL up to `/v1` at which a deployment answers.
    static func baseURL(of key: String) -> String { host(of: key) + "/v1" }

    private static func host(of key: String) -> String { "http://\(key).example.invalid:8000" }

    /// The configuration at a path; nil if it is a path of something else.
    static func config(at path: String) -> String? {
        let parts = path.split(separator: "/").suffix(4).map(String.init)
        guard parts.count == 4, parts[0] == "deployment-configs", parts[2] == "versions" else { return nil }
        return """
            {"name":"\(parts[1])","engine":"nim","executor_config":{"gpu":1},\
            "model_spec":{"model_namespace":"m","model_name":"\(modelName(parts[1], parts[3]))"}}
            """
    }

    /// The list of providers, one for each row.
    static func providers(of rows: [UpstreamRow]) -> String {
        let records = rows.map(\.key).map {
            """
            {"name":"\($0)","workspace":"w","status":"READY","model_deployment_id":"w/\($0)",\
            "host_url":"\(host(of: $0))","served_models":[{"served_model_name":"\($0)"}]}
            """
        }
        let data = records.joined(separator: ",")
        return #"{"data":[\#(data)],"pagination":{"total_results":\#(rows.count)}}"#
    }
}
