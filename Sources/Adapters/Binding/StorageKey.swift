import Deployments

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
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        add(0)
    }

    private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
