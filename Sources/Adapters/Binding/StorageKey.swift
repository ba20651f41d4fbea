import Deployments
import Wire

extension SourceBinding {
    /// The source's name with a hash of everything that decides what its rows are.
    ///
    /// So a stored list is forgotten where the adapter file, the account or what is exposed are others: it may
    /// hold another account's rows, or fields that must not be shown any more.
    func storageKey(manifest: AdapterManifest, inputs: [String: InputValue]) -> String {
        var hash = StableHash()
        hash.add("\(manifest.fingerprint)")
        hash.add(baseURL)
        hash.add(exposesOwner ? "owner" : "")
        for (name, value) in inputs.sorted(by: { $0.key < $1.key }) { hash.add("\(name)=\(value)") }
        for word in words { hash.add("\(word.word)=\(word.status.rawValue)/\(word.serving.rawValue)") }
        return "\(description.name)#\(String(hash.value, radix: 16))"
    }
}

/// FNV-1a over texts, each with its end: the same in every process, which Swift's own hashes are not.
struct StableHash {
    private var fnv = FNV1a()

    var value: UInt64 { fnv.hash }

    mutating func add(_ text: String) {
        fnv.add(text.utf8)
        fnv.add(0)
    }
}
