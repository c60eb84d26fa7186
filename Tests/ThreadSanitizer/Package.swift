// swift-tools-version: 6.3
import PackageDescription

// The clients' sources and tests once more, by links, and nothing else of ours: the thread sanitizer wants everything built anew, which for
// the whole package, its tests and what they depend on, takes a quarter of an hour. Unoptimized, so that no access is left out.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: settings)
}

func support(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: name, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: ["ThreadSanitizerSupport", "TestServices"] + dependencies, path: name, swiftSettings: settings)
}

let package = Package(
    name: "thread-sanitizer",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        .systemLibrary(name: "CLibpq", path: "Sources/CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        library("Primitives", []),
        library("JSON", ["Primitives"]),
        library("DevServices", []),
        library("PostgresClient", ["CLibpq", "JSON", "Primitives", logging]),
        library("RedisClient", [logging, nioCore, nioPosix, nioSSL]),

        support("TestServices", ["DevServices"]),
        support("RedisTestSupport", ["TestServices"]),
        .target(name: "ThreadSanitizerSupport", path: "Support"),

        tests("PostgresClientTests", ["JSON", "PostgresClient", "Primitives", logging]),
        tests("RedisClientTests", ["RedisClient", "RedisTestSupport", logging, nioCore, nioPosix]),
        tests("SanitizerTests", ["PostgresClient", "RedisClient", logging]),
    ]
)
