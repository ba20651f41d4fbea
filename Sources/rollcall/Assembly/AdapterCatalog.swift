import Adapters
import Settings

/// The adapter files of some folders, read and compiled.
///
/// Hidden files are skipped: editors and file systems leave theirs beside the operator's.
struct AdapterCatalog {
    /// The manifests by adapter name; where two folders have a file of the same name, the later folder's.
    private(set) var manifests: [String: AdapterManifest] = [:]
    /// The paths of files whose name ends in `.yml`, which are not read, by the rest of the name.
    private(set) var misnamed: [String: String] = [:]
    /// The mistakes in the files that cannot be used, by the name of the adapter.
    private var broken: [String: [SettingsProblem]] = [:]
    /// The mistakes in files in place of which a later folder's file is used.
    private var overridden: [[SettingsProblem]] = []
    /// True if a folder could not be read or had no file, or none was named: some adapters are then unknown.
    private var isPartial: Bool

    /// Reads every `*.yaml` file of the folders; folders without any go to `problems`.
    init(folders: [String], problems: SettingsProblems) {
        isPartial = folders.isEmpty
        for folder in folders {
            let location = SettingsLocation(file: folder, line: 0, key: "")
            do {
                let found = try names(inFolder: folder).filter { !$0.hasPrefix(".") }
                let files = found.filter { $0.hasSuffix(".yaml") }
                let others = found.filter { $0.hasSuffix(".yml") }
                if files.isEmpty {
                    isPartial = true
                    let hint = others.first.map { "; `\($0)` is not read: its name must end in .yaml" }
                    problems.add(location, "has no adapter files (*.yaml)" + (hint ?? ""))
                }
                for file in files { add(folder + "/" + file) }
                for file in others { misnamed[String(file.dropLast(4))] = folder + "/" + file }
            } catch {
                isPartial = true
                problems.add(
                    location,
                    "is not a readable folder; name the folder of the adapter files with --adapters, "
                        + "$ROLLCALL_ADAPTERS or the key `adapters`")
            }
        }
    }

    /// The names of all files, sorted; never empty where ``lacks(_:)`` is true.
    var adapterNames: [String] { Set(broken.keys).union(manifests.keys).sorted() }

    /// Every mistake in every file, in the order of files and lines.
    var faults: [SettingsProblem] {
        let problems = SettingsProblems()
        for fault in overridden.flatMap(\.self) + broken.values.flatMap(\.self) {
            problems.add(fault.location, fault.message)
        }
        return problems.all
    }

    /// True if there is no such adapter; false where a file or folder that could not be read may have it.
    func lacks(_ name: String) -> Bool {
        manifests[name] == nil && !isPartial && broken[name] == nil
    }

    /// Adds the mistakes in the files of these adapters as problems, and one warning for each other file with
    /// any.
    func reportFaults(to problems: SettingsProblems, usedBy names: Set<String>) {
        var unused = overridden
        for (name, faults) in broken.sorted(by: { $0.key < $1.key }) {
            guard names.contains(name) else {
                unused.append(faults)
                continue
            }
            for fault in faults { problems.add(fault.location, fault.message) }
        }
        for faults in unused {
            guard let first = faults.first else { continue }
            let more = faults.count > 1 ? ", and \(counted(faults.count - 1, "more problem"))" : ""
            problems.warn(first.location, "\(first.message)\(more); no source uses this file")
        }
    }

    private mutating func add(_ path: String) {
        let name = String(path.split(separator: "/").last?.dropLast(".yaml".count) ?? "")
        // An earlier folder's file of the same name must not be used in place of this one.
        manifests[name] = nil
        if let earlier = broken.removeValue(forKey: name) { overridden.append(earlier) }
        do throws(SettingsError) { manifests[name] = try AdapterManifest(readingFrom: path) } catch {
            broken[name] = error.problems
        }
    }
}

extension AdapterManifest {
    /// Reads an adapter file.
    ///
    /// - Throws: ``SettingsError`` with every mistake in it, or with the reason why it cannot be read.
    init(readingFrom path: String) throws(SettingsError) {
        let whole = SettingsLocation(file: path, line: 0, key: "")
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try readFile(path, limit: SettingsNode.sizeLimit, onlyRegular: true)
        } catch {
            throw SettingsError(problems: [SettingsProblem(location: whole, message: error.reason)])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError(problems: [SettingsProblem(location: whole, message: "is not UTF-8")])
        }
        try self.init(yaml: text, file: path)
    }
}
