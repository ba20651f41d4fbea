import Adapters
import Deployments
import TestSupport
import Upstream
import Wire

/// An adapter file of a made-up platform whose deployments can be resized, and a source of it.
enum UpdateFile {
    static let section = """
        update:
          post: /v1/{row.workspace}/{row.name}/resize
          members:
            config: {type: text}
            replicas.desired: {type: integer, least: 1, greatest: 8, required: true, about: "how many"}
          body: {spec: {size: patch.replicas.desired, config: patch.config}, who: inputs.who}
          record: $.item
          refused: $.errors[*].field
          done_when: row.replicas.desired == patch.replicas.desired and row.status != 'UNKNOWN'
        """

    static func file(_ section: String = section) -> NimbusFile {
        var file = NimbusFile()
        file.inputs = "{who: {type: text, default: null, about: A name.}}"
        file.fields =
            "{name: $.name, workspace: $.ws, config: $.cfg, replicas.desired: $.want, capacity.base: $.base, "
            + "capacity.desired: $.cap, kind: $.kind, created_at: $.made, owner: $.who}"
        file.more = section + "\n"
        return file
    }

    /// The deployment `a` in the workspace `w`.
    static func row(_ change: (inout ModelDeployment) -> Void = { _ in }) -> ModelDeployment {
        var row = ModelDeployment(uid: "test/a", of: SharedSource(.example("test")))
        (row.name, row.workspace, row.config, row.replicas.desired) = ("a", "w", "small", 2)
        change(&row)
        return row
    }

    static let patch = UpdatePatch([.init("replicas.desired", .number(4))])

    /// What became of one update that is planned and sent.
    static func result(
        _ transport: any HTTPTransport, file: NimbusFile = file(), row: ModelDeployment = row(),
        patch: UpdatePatch = patch, bind: (inout SourceBinding) -> Void = { _ in }
    ) async throws -> UpdateResult {
        let source = try file.source(transport, bind: bind)
        return await source.send(try source.plan(patch, of: row))
    }
}

/// An outcome in a form that can be compared.
enum Ending: Equatable {
    case applied, appliedWithRow
    case refused(SourceError.Class, [String] = [])
    case notSent(SourceError.Class)
    case unknown(SourceError.Class)

    init(_ result: UpdateResult) {
        self =
            switch result {
            case .applied(nil): .applied
            case .applied: .appliedWithRow
            case .refused(let error, let members): .refused(error.errorClass, members)
            case .notSent(let error): .notSent(error.errorClass)
            case .unknown(let error): .unknown(error.errorClass)
            }
    }
}
