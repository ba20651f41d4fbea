import Adapters
import Settings

/// The adapter files of some folders, read and compiled.
struct AdapterCatalog {
    /// By adapter name; of two folders with a file of the same name the later one's.
    private(set) var manifests: [String: AdapterManifest] = [:]
    /// Names of files that are there and could not be read.
    private var unread: Set<String> = []
    /// Whether a folder could not be read, had no file, or none was named: what should be there is not known then.
    private var isPartial: Bool

    /// Reads every `*.yaml` of the folders; what is wrong with any of them goes to `problems`.
    init(folders: [String], problems: SettingsProblems) {
        isPartial = folders.isEmpty
        for folder in folders {
            let place = SettingsLocation(file: folder, line: 0, key: "")
            do {
                let files = try names(inFolder: folder).filter { $0.hasSuffix(".yaml") }
                if files.isEmpty {
                    isPartial = true
                    problems.add(place, "has no adapter files (*.yaml)")
                }
                for file in files { add(folder + "/" + file, problems: problems) }
            } catch {
                isPartial = true
                problems.add(
                    place,
                    "is no folder that can be read; say where adapter files are with --adapters, "
                        + "$ROLLCALL_ADAPTERS or the key `adapters`")
            }
        }
    }

    /// Reads the named files only.
    init(files: [String], problems: SettingsProblems) {
        isPartial = false
        for file in files { add(file, problems: problems) }
    }

    /// Of every file that is there, in order; never empty where something is lacking.
    var adapterNames: [String] { unread.union(manifests.keys).sorted() }

    /// Whether there is no such adapter; false where something that could not be read may be it.
    func lacks(_ name: String) -> Bool {
        manifests[name] == nil && !isPartial && !unread.contains(name)
    }

    private mutating func add(_ path: String, problems: SettingsProblems) {
        let stem = String(path.split(separator: "/").last?.dropLast(".yaml".count) ?? "")
        do {
            let bytes = try readWholeFile(path, limit: SettingsNode.sizeLimit, onlyRegular: true)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw FileError(path: path, reason: "is not UTF-8")
            }
            let manifest = try AdapterManifest(yaml: text, file: path)
            manifests[manifest.name] = manifest
        } catch {
            // An earlier folder's file is not the one that was meant.
            manifests[stem] = nil
            unread.insert(stem)
            switch error {
            case let error as SettingsError:
                for problem in error.problems { problems.add(problem.place, problem.message) }
            case let error as FileError:
                problems.add(SettingsLocation(file: path, line: 0, key: ""), error.reason)
            default: problems.add(SettingsLocation(file: path, line: 0, key: ""), "\(error)")
            }
        }
    }
}
