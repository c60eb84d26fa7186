// swift-tools-version: 6.3
import CompilerPluginSupport
import PackageDescription

/// `make` sets MAINSTAY_FAST: a debug build whose own targets are optimized. Unset, this package can be depended upon like any other.
let commonSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let settings = commonSettings + (Context.environment["MAINSTAY_FAST"] == nil ? [] : [.unsafeFlags(["-O"])])

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

/// Released programs export nothing, and relocate by a table that is a tenth of the usual one: a seventh less resident memory, 9 MB less on
/// disk. Needs glibc 2.36.
let releasedProgram: [LinkerSetting] = [
    .unsafeFlags(
        ["-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"],
        .when(platforms: [.linux], configuration: .release))
]

/// A library of ours: its product and its target.
func library(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency], linkerSettings: [LinkerSetting] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: settings, linkerSettings: linkerSettings)
}

let package = Package(
    name: "mainstay",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "mainstay", targets: ["MainstayCLI"]),
        .executable(name: "bullmq", targets: ["BullMQCLI"]),
        .library(name: "BetterAuth", targets: ["BetterAuth"]),
        .library(name: "BullMQ", targets: ["BullMQ"]),
        .library(name: "BullMQOutbox", targets: ["BullMQOutbox"]),
        .library(name: "CEL", targets: ["CEL"]),
        .library(name: "DevServices", targets: ["DevServices"]),
        .library(name: "HTTPDelivery", targets: ["HTTPDelivery"]),
        .library(name: "JSON", targets: ["JSON"]),
        .library(name: "LinearRegex", targets: ["LinearRegex"]),
        .library(name: "Mail", targets: ["Mail"]),
        .library(name: "Mainstay", targets: ["Mainstay"]),
        .library(name: "Migrations", targets: ["Migrations"]),
        .library(name: "PostgresClient", targets: ["PostgresClient"]),
        .library(name: "Primitives", targets: ["Primitives"]),
        .library(name: "RedisClient", targets: ["RedisClient"]),
        .library(name: "TypedAPI", targets: ["TypedAPI"]),
        .library(name: "TypedSQL", targets: ["TypedSQL"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax", exact: "603.0.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // System libraries
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),

        // Libraries, from the ground up
        library("Primitives", []),
        library("JSON", ["Primitives"]),
        library("LinearRegex", []),
        library("CEL", ["JSON", "LinearRegex", "Primitives"]),
        library("DevServices", []),
        library("PostgresClient", ["CLibpq", "JSON", "Primitives", logging]),
        // One plug-in for all macros. Only the libraries that declare them may depend on it: a test target that did would build every
        // dependency of the tests a second time, for the compiler's own use.
        .macro(
            name: "Macros",
            dependencies: [
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
                .product(name: "SwiftCompilerPlugin", package: "swift-syntax"),
            ], swiftSettings: commonSettings),
        library("TypedSQL", ["JSON", "Macros", "PostgresClient", "Primitives", logging]),
        library("Migrations", ["JSON", "PostgresClient", "Primitives", "TypedSQL", logging]),
        library("RedisClient", [logging, nioCore, nioPosix, nioSSL]),
        library("BullMQ", ["JSON", "Primitives", "RedisClient", lifecycle, logging]),
        library("BullMQOutbox", ["BullMQ", "JSON", "PostgresClient", "Primitives", "RedisClient", logging]),
        library("HTTPDelivery", ["CCurl", "Primitives", crypto, logging]),
        library("Mail", ["CCurl", "Primitives", mustache]),
        library(
            "TypedAPI",
            [
                "CZlib", "JSON", "LinearRegex", "Macros", "Primitives", crypto, httpTypes, hummingbird, hummingbirdCore, logging, nioCore,
                nioHTTP1,
                nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix,
            ],
            // Embedded by scripts/embed-docs-page.
            exclude: ["OpenAPI/Page"]),
        library(
            "BetterAuth",
            [
                "COpenSSL", "JSON", "PostgresClient", "Primitives", "TypedAPI", "TypedSQL", crypto, httpTypes, hummingbird, logging,
                nioCore,
            ]),

        // The application
        .target(
            name: "Mainstay",
            dependencies: [
                "BetterAuth", "BullMQ", "BullMQOutbox", "HTTPDelivery", "JSON", "Mail", "Migrations", "PostgresClient", "Primitives",
                "RedisClient",
                "TypedAPI", "TypedSQL", configuration, crypto, httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, nioCore,
                nioPosix,
            ],
            // Embedded by scripts/embed-migrations, so that the program carries them.
            exclude: ["Database/Migrations"], swiftSettings: settings),
        .executableTarget(
            name: "MainstayCLI",
            dependencies: [
                "BetterAuth", "CEL", "DevServices", "HTTPDelivery", "JSON", "Mail", "Mainstay", "Migrations", "PostgresClient",
                "Primitives",
                "RedisClient", "TypedAPI",
                argumentParser, configuration, httpTypes, hummingbird, lifecycle, logging, nioCore, unixSignals,
            ], swiftSettings: settings, linkerSettings: releasedProgram),
        .executableTarget(
            name: "BullMQCLI",
            dependencies: ["BullMQ", "JSON", "Primitives", "RedisClient", argumentParser, logging, subprocess, unixSignals],
            swiftSettings: settings, linkerSettings: releasedProgram),

        .executableTarget(
            name: "PostgresBench", dependencies: ["PostgresClient", logging], path: "Benchmarks/PostgresBench",
            swiftSettings: settings),

        .executableTarget(
            name: "TypedSQLBench", dependencies: ["DevServices", "PostgresClient", "Primitives", "TypedSQL", logging],
            path: "Benchmarks/TypedSQLBench", exclude: ["sqlalchemy_core.py"], swiftSettings: settings),

        .executableTarget(
            name: "SchemaBench", dependencies: ["JSON", "Primitives", "TypedAPI"], path: "Benchmarks/SchemaBench",
            exclude: ["pydantic_orjson.py"], swiftSettings: settings),

        .executableTarget(
            name: "CELBench", dependencies: ["CEL", "JSON"], path: "Benchmarks/CELBench", exclude: ["cel_python.py"],
            swiftSettings: settings),

        .executableTarget(
            name: "bare-server", dependencies: [hummingbird, logging], path: "Benchmarks/BareServer", swiftSettings: settings,
            linkerSettings: releasedProgram),

        .executableTarget(
            name: "queue-bench", dependencies: ["BullMQ", "JSON", "Primitives", "RedisClient", logging], path: "Benchmarks/QueueBench",
            swiftSettings: settings),

        .executableTarget(
            name: "redis-bench", dependencies: ["RedisClient", logging], path: "Benchmarks/RedisBench", swiftSettings: settings),

        // Tests
        .target(name: "TestServices", dependencies: ["DevServices"], path: "Tests/TestServices", swiftSettings: settings),
        .executableTarget(
            name: "dev-services-holder", dependencies: ["DevServices"], path: "Tests/DevServicesHolder", swiftSettings: settings),
        // Does with queues what tests in other languages tell it.
        .executableTarget(
            name: "queue-driver", dependencies: ["BullMQ", "JSON", "Primitives", "RedisClient", logging], path: "Tests/QueueDriver",
            swiftSettings: settings),
        // Serves the auth routes with the settings that tests in other languages ask for.
        .executableTarget(
            name: "auth-driver",
            dependencies: [
                "BetterAuth", "JSON", "Mail", "PostgresClient", "Primitives", "TypedSQL", httpTypes, hummingbird, logging, nioCore,
            ],
            path: "Tests/AuthDriver", swiftSettings: settings),
        .target(name: "RedisTestSupport", dependencies: ["TestServices"], path: "Tests/RedisTestSupport", swiftSettings: settings),
        tests(
            of: "BetterAuth",
            [
                "JSON", "PostgresClient", "Primitives", "TestServices", "TypedSQL", httpTypes, hummingbird, hummingbirdTesting, logging,
                nioCore,
            ]),
        tests(of: "BullMQ", ["JSON", "Primitives", "RedisClient", "RedisTestSupport", lifecycle, logging]),
        .testTarget(
            name: "CELTests", dependencies: ["CEL", "JSON", "Primitives"], swiftSettings: settings),
        tests(of: "DevServices", ["TestServices", "dev-services-holder"]),
        // The tests decide what names resolve to: the C library's own look-up, also libcurl's, comes to their function of that name.
        tests(
            of: "HTTPDelivery", ["Primitives", "TestServices", logging],
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=getaddrinfo"], .when(platforms: [.linux]))]),
        tests(of: "JSON", ["TestServices"]),
        tests(of: "LinearRegex", []),
        tests(of: "Mail", ["Primitives"]),
        tests(
            of: "Mainstay",
            [
                "BetterAuth", "BullMQOutbox", "DevServices", "HTTPDelivery", "JSON", "Migrations", "PostgresClient", "Primitives",
                "TestServices", "TypedAPI", "TypedSQL", configuration, logging, hummingbird, hummingbirdTesting, httpTypes, nioCore,
            ]),
        tests(of: "BullMQOutbox", ["BullMQ", "JSON", "PostgresClient", "Primitives", "RedisClient", "TestServices", logging]),
        .testTarget(
            name: "TypedAPITests",
            dependencies: [
                "JSON", "LinearRegex", "Primitives", "TestServices", "TypedAPI", hummingbird, hummingbirdTesting, httpTypes, logging,
                nioCore, nioPosix,
            ],
            exclude: ["Programs"], swiftSettings: settings),
        tests(of: "MainstayCLI", ["HTTPDelivery", "JSON", "Primitives", logging]),
        tests(of: "PostgresClient", ["JSON", "Primitives", "TestServices", logging]),
        .testTarget(
            name: "TypedSQLTests", dependencies: ["JSON", "PostgresClient", "Primitives", "TestServices", "TypedSQL", logging],
            exclude: ["Programs"], swiftSettings: settings),
        // A program as a stranger would write it, which the tests run.
        .executableTarget(
            name: "MigrationsExample", dependencies: ["Migrations", "PostgresClient", "Primitives", "TypedSQL", logging],
            path: "Tests/MigrationsExample", swiftSettings: settings),
        .testTarget(
            name: "MigrationsTests",
            dependencies: ["JSON", "Migrations", "MigrationsExample", "PostgresClient", "Primitives", "TestServices", "TypedSQL", logging],
            exclude: ["Databases"], swiftSettings: settings),
        tests(of: "Primitives", []),
        tests(of: "RedisClient", ["RedisTestSupport", "TestServices", logging, nioCore, nioPosix]),
    ]
)
