extension AdapterManifest {
    /// A hash of everything in the file that decides which rows a source lists, what identifies them, and
    /// what may never be read: the request, the partitions, the identity, the user of basic authorization,
    /// the defaults of the inputs that these read, and the paths under `never`.
    ///
    /// The same in every process and release; tests, fields, vocabularies, paging and all other authorization
    /// do not count.
    var listIdentity: UInt64 {
        var hash = StableHash()
        let request = list.request
        hash.add(section: "get", request.paths.map(\.text))
        hash.add(section: "query", request.query.flatMap { [$0.name, $0.value.text] })
        hash.add(section: "headers", request.headers.flatMap { [$0.name, $0.value.text] })
        hash.add(section: "partitions", partitions.flatMap { [$0.name, $0.input] })
        hash.add(section: "key", record.key.map(\.text))
        hash.add(section: "version", record.version.map { [$0.text] } ?? [])
        var user: [Template] = []
        if case .basic(let template, _) = auth {
            user = [template]
            hash.add(section: "user", [template.text])
        }
        hash.add(section: "never", never.map(\.description).sorted())
        let identity = record.key + [record.version].compactMap { $0 }
        if identity.contains(where: { $0.text.contains("lookup") }) {
            for (name, map) in record.maps.sorted(by: { $0.key < $1.key }) {
                hash.add(
                    section: "map \(name)", map.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
            }
        }
        let templates = request.paths + request.query.map(\.value) + request.headers.map(\.value) + user
        let read = Set(templates.flatMap(\.variables) + identity.flatMap(\.variables))
        for input in inputs.sorted(by: { $0.name < $1.name })
        where read.contains("inputs.\(input.name)") || partitions.contains(where: { $0.input == input.name })
        {
            hash.add(section: "input \(input.name)", [input.defaultValue?.hashedText ?? ""])
        }
        return hash.value
    }
}

extension StableHash {
    /// A list's elements after its name and length, so that no two sections can be taken for each other.
    fileprivate mutating func add(section: String, _ elements: [String]) {
        add(section)
        add("\(elements.count)")
        for element in elements { add(element) }
    }
}

/// An adapter file of an earlier release, whose stored lists a later file of the same list adopts.
struct FormerAdapterFile {
    /// The ``AdapterManifest/fingerprint`` of that file, which was a part of the storage keys of 0.1.0.
    var fingerprint: UInt64
    /// The ``AdapterManifest/listIdentity`` of that file.
    var listIdentity: UInt64
    /// The names of its inputs.
    var inputs: [String]

    /// The files that release 0.1.0 brought along, in the order of their names; it has no other keys.
    static let all: [FormerAdapterFile] = [
        FormerAdapterFile(
            fingerprint: 0xb575_4e4c_8ca4_9910, listIdentity: 0x90f7_c4f7_a4a2_f0f9,
            inputs: ["timezone", "workspace"]),
        FormerAdapterFile(
            fingerprint: 0xfeaf_cb04_7c8d_beaf, listIdentity: 0x4519_5649_0a81_3ada, inputs: ["path"]),
        FormerAdapterFile(
            fingerprint: 0x15ba_1d35_283c_4068, listIdentity: 0x7dc9_e0b3_cfd1_1f76, inputs: ["namespaces"]),
        FormerAdapterFile(
            fingerprint: 0x707f_be67_18a3_aaa5, listIdentity: 0xf2d0_8541_ab93_04fa, inputs: ["workspaces"]),
    ]
}
