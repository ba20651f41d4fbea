import Adapters
import Settings

/// The adapter files of some folders, read and compiled.
struct AdapterShelf {
    /// By adapter name; of two folders with a file of the same name the later one's.
    private(set) var manifests: [String: AdapterManifest] = [:]

    /// Reads every `*.yaml` of the folders; what is wrong with any of them goes to `problems`.
    init(folders: [String], problems: SettingsProblems) {
        for folder in folders {
            let place = SettingsPlace(file: folder, line: 0, key: "")
            do {
                let files = try names(inFolder: folder).filter { $0.hasSuffix(".yaml") }
                if files.isEmpty { problems.add(place, "has no adapter files (*.yaml)") }
                for file in files { add(folder + "/" + file, problems: problems) }
            } catch {
                problems.add(place, "is no folder that can be read; adapter files are looked for there")
            }
        }
    }

    /// Reads the named files only.
    init(files: [String], problems: SettingsProblems) {
        for file in files { add(file, problems: problems) }
    }

    private mutating func add(_ path: String, problems: SettingsProblems) {
        do {
            let bytes = try readWholeFile(path, limit: SettingsNode.sizeLimit, onlyRegular: true)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return problems.add(SettingsPlace(file: path, line: 0, key: ""), "is not UTF-8")
            }
            let manifest = try AdapterManifest(yaml: text, file: path)
            manifests[manifest.name] = manifest
        } catch let error as SettingsError {
            for problem in error.problems { problems.add(problem.place, problem.message) }
        } catch {
            problems.add(SettingsPlace(file: path, line: 0, key: ""), "\(error)")
        }
    }
}
