import Deployments
import Wire

extension SourceBinding {
    /// The source's name with a hash of everything that decides which rows it lists, what identifies them,
    /// and what may be shown of them; `inputs` are the checked ones, see
    /// ``AdapterManifest/checkedInputs(of:)``.
    ///
    /// A stored list under another key is dropped, as it may hold another account's rows, or values that must
    /// not be shown any more. The rest of an adapter file does not count: an upgrade during an outage keeps
    /// the lists.
    func storageKey(manifest: AdapterManifest, inputs: [String: InputValue]) -> String {
        var hash = StableHash()
        hash.add("\(manifest.listIdentity)")
        hash.add(baseURL)
        hash.add(exposesOwner ? "owner" : "")
        // An input with its default value does not count: a later file may declare another one.
        for input in manifest.inputs.sorted(by: { $0.name < $1.name }) {
            guard let value = inputs[input.name], value != input.defaultValue else { continue }
            hash.add(input.name)
            hash.add(value.hashedText)
        }
        return "\(description.name)#\(String(hash.value, radix: 16))"
    }

    /// The keys under which the same list may be stored: those of release 0.1.0 and, if the source was renamed,
    /// each key with its former name.
    func formerStorageKeys(manifest: AdapterManifest, inputs: [String: InputValue]) -> Set<String> {
        let keys = firstReleaseKeys(manifest: manifest, inputs: inputs)
        guard let formerName else { return keys }
        var former = self
        (former.description.name, former.formerName) = (formerName, nil)
        return keys.union(former.firstReleaseKeys(manifest: manifest, inputs: inputs))
            .union([former.storageKey(manifest: manifest, inputs: inputs)])
    }

    /// The keys under which release 0.1.0 stored this source's list: with this adapter file, and with the
    /// files of that release that list the same.
    ///
    /// That release also hashed the complete file and the operator's status terms.
    private func firstReleaseKeys(
        manifest: AdapterManifest, inputs: [String: InputValue]
    ) -> Set<String> {
        let unchanged = FormerAdapterFile(
            fingerprint: manifest.fingerprint, listIdentity: manifest.listIdentity, inputs: Array(inputs.keys)
        )
        let files = [unchanged] + FormerAdapterFile.all.filter { $0.listIdentity == manifest.listIdentity }
        return Set(
            files.map { file in
                var hash = StableHash()
                hash.add("\(file.fingerprint)")
                hash.add(baseURL)
                hash.add(exposesOwner ? "owner" : "")
                for (name, value) in inputs.sorted(by: { $0.key < $1.key }) where file.inputs.contains(name) {
                    hash.add("\(name)=\(value.formerText)")
                }
                for term in statusTerms {
                    hash.add("\(term.term)=\(term.status.rawValue)/\(term.serving.rawValue)")
                }
                return "\(description.name)#\(String(hash.value, radix: 16))"
            })
    }
}

extension InputValue {
    /// The value as release 0.1.0 spelled it in its keys.
    var formerText: String {
        if case .bool(let bool) = self { "flag(\(bool))" } else { "\(self)" }
    }

    /// The value with its kind, such that no two values share a text.
    var hashedText: String {
        switch self {
        case .text(let text): "text:\(text)"
        case .number(let number): "number:\(number)"
        case .bool(let bool): "bool:\(bool)"
        case .list(let elements): "list:" + elements.map { "\($0.utf8.count):\($0)" }.joined()
        }
    }
}

/// FNV-1a over strings, each followed by a zero byte; the same in every process, unlike Swift's own hashes.
struct StableHash {
    private var fnv = FNV1a()

    var value: UInt64 { fnv.hash }

    mutating func add(_ text: String) {
        fnv.add(utf8: text)
        fnv.add(0)
    }
}
