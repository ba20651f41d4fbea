/// One base URL of the sandbox as a gateway's source, for the demo.
package struct DemoSource: Sendable {
    /// The source's name, as an operator would choose it.
    package var name: String
    /// The name of the dialect's adapter file.
    package var adapter: String
    /// The path below the sandbox's address.
    package var path: String
    /// The platform shown on its records; nil: the adapter's.
    package var platform: String?
    /// The operator's labels for the source.
    package var labels: [String: String] = [:]

    /// The three simulated platforms, then the recorded samples.
    package static let all: [DemoSource] = [
        DemoSource(name: "research", adapter: "nemo", path: "/nemo", labels: ["team": "search"]),
        DemoSource(name: "ali", adapter: "dashscope", path: "/dashscope", labels: ["team": "apps"]),
        DemoSource(
            name: "deepinfra", adapter: "deploy-list", path: "/deploy-list", platform: "deepinfra",
            labels: ["team": "apps"]),
        DemoSource(name: "recorded-nemo", adapter: "nemo", path: "/samples/nemo"),
        DemoSource(name: "recorded-dashscope", adapter: "dashscope", path: "/samples/dashscope"),
        DemoSource(name: "recorded-deploy-list", adapter: "deploy-list", path: "/samples/deploy-list"),
    ]
}
