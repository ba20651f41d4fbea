import Deployments
import Wire

/// 2023-11-14T22:13:20Z.
let noon = Timestamp(microseconds: 1_700_000_000_000_000)

/// Four rows: a plain one, one in Chinese, one scaled to zero with an emoji, and a hostile one.
let exampleRows: [ModelDeployment] = {
    var llama = row("llama-3.1-8b", .ready, .full)
    llama.workspace = "research-team-alpha"
    llama.model = "meta/llama-3.1-8b-instruct"
    llama.updatedAt = Timestamp(microseconds: noon.microseconds - 5_000_000)
    var qwen = row("通义千问-72b", .updating, .full)
    qwen.source = "ali"
    qwen.model = "qwen2.5-72b-instruct"
    qwen.capacity.unit = "MU1"
    (qwen.capacity.ready, qwen.capacity.desired) = (4, 8)
    var whisper = row("whisper 🎙️ large", .ready, .idle)
    whisper.source = "deepinfra"
    whisper.model = "openai/whisper-large-v3-with-a-very-long-name-that-does-not-fit-anywhere"
    (whisper.replicas.ready, whisper.replicas.pending) = (0, 0)
    (whisper.accelerator.type, whisper.accelerator.total) = ("H100-80GB", 0)
    var hostile = row("bad\u{1B}[2J\nname", .failed, .none)
    hostile.createdAt = nil
    return [llama, qwen, whisper, hostile]
}()

private func row(_ name: String, _ status: DeploymentStatus, _ serving: Serving) -> ModelDeployment {
    let uid = ModelDeployment.uid(source: "research", key: [name])
    var row = ModelDeployment(uid: uid, source: "research", platform: "nimbus", adapter: "nimbus")
    row.name = name
    (row.status, row.serving) = (status, serving)
    row.createdAt = Timestamp(microseconds: noon.microseconds - 3 * 86_400_000_000)
    return row
}
