import Deployments
import HTTPFront
import Snapshots

/// Three providers of `research`.
func exampleProviders() -> [ModelProvider] {
    func provider(_ name: String, created: Int64) -> ModelProvider {
        var row = ModelProvider(
            uid: ModelDeployment.uid(source: "research", key: ["ml-prod", name]),
            of: SharedSource(.research))
        row.name = name
        row.workspace = "ml-prod"
        row.createdAt = time(created)
        return row
    }
    var chat = provider("chat", created: 300)
    chat.hostURL = "https://chat.example.com/v1"
    chat.status = .ready
    chat.serving = .full
    chat.nativeStatus = "READY"
    chat.servedModels = ["meta/llama", "meta/llama-fast"]
    chat.deployment = "research/ml-prod/llama"
    var mail = provider("mail", created: 200)
    mail.status = .failed
    mail.serving = .none
    mail.nativeStatus = "ERROR"
    mail.enabledModels = ["m"]
    return [chat, mail, provider("x/y", created: 100)]
}

extension ListStatus {
    /// The proven list of three providers, observed at second 980.
    static func listedProviders(_ change: (inout ListStatus) -> Void = { _ in }) -> ListStatus {
        var status = ListStatus()
        status.observedAt = time(980)
        status.count = 3
        status.partitions.listed = 1
        status.partitions.proven = 1
        status.lastAttemptAt = time(980)
        status.finishedAttempts = 1
        change(&status)
        return status
    }
}

/// The example's deployments, and providers of `research` alone; of no source if the state of their list is nil.
func providerPublished(_ providers: ListStatus? = .listedProviders()) -> Published {
    var research = SourceStatus.listed(.research, count: 3)
    research.providers = providers
    var published = examplePublished(research: research)
    let list = SourceRows(source: .research, listed: exampleProviders())
    published.providers = PublishedList(
        snapshot: Snapshot(
            id: "p1", publishedAt: time(981), lists: providers?.hasList == true ? [list] : []),
        sources: published.sources.compactMap(\.asSeenByProviders))
    return published
}
