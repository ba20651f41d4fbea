// swift-tools-version: 6.2

import PackageDescription

// One direction of dependency: siblings never import one another, and `rollcall` wires them.
// Sources/dependencies.txt says what each target may import, and `deploy/check-imports` compares.

let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")

let package = Package(
    name: "rollcall",
    products: [
        .executable(name: "rollcall", targets: ["rollcall"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(
            name: "CSimdJSON", cxxSettings: [.unsafeFlags(["-O3", "-DNDEBUG"])],
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "Wire", dependencies: ["CSimdJSON"]),
        .target(name: "Deployments", dependencies: ["Wire"]),
        .target(name: "Snapshots", dependencies: ["Deployments", "Wire"]),
        .target(name: "Settings", dependencies: ["Wire", .product(name: "Yams", package: "Yams")]),
        .target(name: "Upstream", dependencies: ["CCurl"]),
        .target(
            name: "Adapters",
            dependencies: [
                "Deployments", "Upstream", "Wire", "Settings",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(name: "Refresh", dependencies: ["Deployments", "Snapshots", "Wire", lifecycle, logging]),
        .target(
            name: "Storage",
            dependencies: [
                "Deployments", "Wire", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"), logging,
            ]),
        .target(
            name: "HTTPFront",
            dependencies: [
                "Deployments", "Snapshots", "Wire", "CZlib", hummingbird, hummingbirdCore, httpTypes, nioCore,
                nioHTTP1, logging, metrics,
            ],
            exclude: ["README.md"]),
        .target(name: "Sandbox", dependencies: ["Wire", hummingbird, httpTypes, nioCore]),
        .executableTarget(
            name: "rollcall",
            dependencies: [
                "Wire", "Deployments", "Snapshots", "Settings", "Upstream", "Adapters", "Refresh", "Storage",
                "HTTPFront", "Sandbox", "CMalloc", lifecycle, hummingbird, nioCore, logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                metrics,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "TestSupport", dependencies: ["Deployments", "Snapshots", "Upstream", "Wire", logging],
            path: "Tests/TestSupport"),
        .executableTarget(
            name: "rollcall-bench",
            dependencies: [
                "Adapters", "Deployments", "Snapshots", "Refresh", "Sandbox", "TestSupport", "Upstream",
                "Wire", "CMalloc", hummingbird, httpTypes, nioCore, logging,
            ],
            path: "Tests/Bench",
            exclude: [
                "Aggregator", "README.md", "calls.sh", "paced.lua", "refresh.sh", "requests.lua", "run.sh",
                "same.lua", "servers.sh", "speed.sh",
            ]),
        .testTarget(name: "WireTests", dependencies: ["Wire", "TestSupport"]),
        .testTarget(
            name: "DeploymentsTests", dependencies: ["Deployments", "Snapshots", "Wire", "TestSupport"]),
        .testTarget(
            name: "SnapshotsTests", dependencies: ["Snapshots", "Deployments", "Wire", "TestSupport"]),
        .testTarget(name: "SettingsTests", dependencies: ["Settings"]),
        .testTarget(
            name: "UpstreamTests",
            dependencies: [
                "Upstream", "TestSupport", hummingbird, nioCore, lifecycle, logging,
                hummingbirdCore,
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "AdaptersTests",
            dependencies: ["Adapters", "Deployments", "Upstream", "Wire", "Settings", "TestSupport"]),
        .testTarget(
            name: "RefreshTests",
            dependencies: ["Refresh", "Deployments", "Snapshots", "Wire", "TestSupport", lifecycle]),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "Storage", "Deployments", "Snapshots", "Wire", "TestSupport", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "HTTPFrontTests",
            dependencies: [
                "HTTPFront", "Deployments", "Snapshots", "Wire", "CZlib", "TestSupport", hummingbird,
                httpTypes, nioCore, lifecycle, logging,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
            ]),
        .testTarget(
            name: "SandboxTests",
            dependencies: [
                "Sandbox", "Wire", hummingbird, httpTypes, nioCore,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        .testTarget(
            name: "RollcallTests",
            dependencies: [
                "rollcall", "Deployments", "Snapshots", "Upstream", "Adapters", "Refresh", "Storage",
                "HTTPFront", "Sandbox", "Settings", "Wire", "TestSupport", hummingbird, nioCore, lifecycle,
                logging,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system && target.name != "CSimdJSON" {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .treatAllWarnings(as: .error),
    ]
}
