import Adapters
import Deployments
import Wire

/// Made-up deployments of three platforms.
///
/// Each platform states some fields only. A field has a few values, a few hundred, or one for every row.
enum Fleet {
    static func source(_ number: Int) -> SourceDescription {
        SourceDescription(
            name: "source-\(number)", platform: ["nemo", "dashscope", "deepinfra"][number % 3],
            adapter: ["nemo", "dashscope", "deploy-list"][number % 3],
            region: number % 2 == 0 ? "eu-central-1" : nil, labels: ["team": ["search", "ads"][number % 2]])
    }

    /// The rows of one source; every tenth is an older version of the one before it.
    static func rows(_ count: Int, of number: Int, using random: inout some RandomNumberGenerator)
        -> [ModelDeployment]
    {
        let source = SharedSource(source(number))
        var strings = StringDeduplicator()
        return (0..<count).map { row in
            let index = row % 10 == 9 ? row - 1 : row
            let workspace = "research-team-\(index % 40)"
            let name = "\(models[index % models.count].dropFirst(5))-deployment-\(index * 7919 % 1_000_003)"
            let uid = ModelDeployment.uid(source: source.description.name, key: [workspace, name])
            var record = ModelDeployment(uid: uid, of: source)
            record.version = row % 10 == 9 ? 1 : 2
            record.name = name
            record.workspace = workspace
            describe(&record, using: &random)
            time(&record, using: &random)
            switch index % 3 {
            case 0: configure(&record, using: &random)
            case 1: scale(&record, using: &random)
            default: accelerate(&record, using: &random)
            }
            if row % pageSize == 0 { strings = StringDeduplicator() }
            for field in stringFields {
                if let text = field.get(record).text { field.set(&record, .text(strings.shared(text))) }
            }
            return record
        }
    }

    private static let models = (0..<200).map { "meta/llama-3.\($0 % 9)-\($0)b-instruct" }

    /// Rows of one page, whose equal strings an adapter stores once.
    private static let pageSize = 1000

    /// The fields whose strings an adapter deduplicates.
    private static let stringFields = DeploymentField.all.filter { field in
        guard case .text = field.kind else { return false }
        return field.name != "uid" && !field.isOfSource
    }

    /// A copy of a string in memory of its own, as if it came out of a page.
    private static func text(_ text: String) -> String { String(decoding: Array(text.utf8), as: UTF8.self) }

    private static func describe(
        _ record: inout ModelDeployment, using random: inout some RandomNumberGenerator
    ) {
        let id = String(UInt64.random(in: .min ... .max, using: &random), radix: 16)
        record.nativeID = "\(id)-\(id.prefix(8))"
        record.model = models.randomElement(using: &random).map(text)
        record.status = DeploymentStatus.allCases.randomElement(using: &random) ?? .ready
        record.serving = Serving.allCases.randomElement(using: &random) ?? .full
        record.nativeStatus = record.status.rawValue.lowercased()
        if Int.random(in: 0..<3, using: &random) == 0 {
            record.statusMessage = "waiting for node pool \(Int.random(in: 0..<3000, using: &random))"
        }
    }

    /// As NeMo does.
    private static func configure(
        _ record: inout ModelDeployment, using random: inout some RandomNumberGenerator
    ) {
        record.project = "urn:project:ml-models/project-\(Int.random(in: 0..<60, using: &random))"
        record.config = "llama-config-v\(Int.random(in: 0..<1000, using: &random))"
        record.configVersion = Int.random(in: 1...9, using: &random)
        record.provider = "provider-workspace/provider-\(Int.random(in: 0..<20, using: &random))"
    }

    private static func time(_ record: inout ModelDeployment, using random: inout some RandomNumberGenerator)
    {
        func within(days: Int64, before end: Int64) -> Timestamp {
            Timestamp(microseconds: end - Int64.random(in: 0..<days * 86_400_000_000, using: &random))
        }
        let created = within(days: 90, before: 1_795_219_200_000_000)
        record.createdAt = created
        record.versionCreatedAt = created
        record.updatedAt = within(days: 30, before: 1_795_219_200_000_000)
        record.statusSince = within(days: 10, before: 1_795_219_200_000_000)
    }

    /// As DashScope does.
    private static func scale(_ record: inout ModelDeployment, using random: inout some RandomNumberGenerator)
    {
        record.baseModel = "meta-llama/Llama-3.\(Int.random(in: 0..<50, using: &random))-base"
        record.modelVersion = "2026-\(Int.random(in: 1...12, using: &random))"
        record.capacity.unit = ["MU", "PTU"].randomElement(using: &random)
        record.capacity.ready = Double(Int.random(in: 0...200, using: &random)) / 4
        record.capacity.desired = record.capacity.ready
        record.billingMode = ["on-demand", "reserved"].randomElement(using: &random)
    }

    /// As `/deploy/list` does.
    private static func accelerate(
        _ record: inout ModelDeployment, using random: inout some RandomNumberGenerator
    ) {
        record.task = ["text-generation", "embeddings", "rerank", nil].randomElement(using: &random) ?? nil
        record.kind = ["dedicated", "serverless"].randomElement(using: &random)
        record.replicas.ready = Int.random(in: 0...8, using: &random)
        record.replicas.desired = Int.random(in: 1...8, using: &random)
        record.replicas.min = 1
        record.replicas.max = Int.random(in: 8...16, using: &random)
        record.accelerator.type = ["H100-80GB", "A100-40GB", "L4-24GB", "B200"].randomElement(using: &random)
        record.accelerator.family = record.accelerator.type.map { String($0.prefix { $0 != "-" }) }
        record.accelerator.memoryGB = [24, 40, 80, nil].randomElement(using: &random) ?? nil
        record.accelerator.perReplica = [1, 2, 4, 8].randomElement(using: &random)
        record.accelerator.total = record.accelerator.perReplica.map { $0 * (record.replicas.ready ?? 0) }
    }
}
