namespace Orleans.Log.Architecture.Tests;

/// <summary>The dependency directions of docs/ARCHITECTURE.md. A new arrow is a decision: draw it there, then allow it here.</summary>
public sealed class DependencyTests
{
    /// <summary>For every product: the projects and the packages that it may refer to.</summary>
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new(StringComparer.Ordinal)
    {
        ["Abstractions"] = ([], []),
        ["Engine"] = (["Abstractions"], ["Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Diagnostics.Abstractions"]),
        ["Storage.Azure"] = (["Abstractions", "Engine"], ["Azure.Identity", "Azure.Storage.Blobs"]),
        ["Api.Contracts"] = ([], []),
        ["Api.Endpoints"] = (["Abstractions", "Api.Contracts"], ["Microsoft.AspNetCore.OpenApi"]),
        ["ServiceDefaults"] = (
            [],
            [
                "OpenTelemetry.Exporter.OpenTelemetryProtocol", "OpenTelemetry.Exporter.Prometheus.AspNetCore", "OpenTelemetry.Extensions.Hosting", "OpenTelemetry.Instrumentation.AspNetCore",
            ]),
        ["Api.Server"] = (["Api.Endpoints", "ServiceDefaults"], []),
        ["Standalone"] = (["Api.Server", "Engine", "ServiceDefaults"], []),
        ["Appending"] = ([], []),
        ["Grains.Interfaces"] = (["Abstractions", "Appending"], ["Microsoft.Orleans.Sdk"]),
        ["Grains"] = (["Engine", "Grains.Interfaces"], ["Microsoft.Orleans.Server"]),
        ["Clustering"] = (["Engine", "ServiceDefaults", "Storage.Azure"], ["Microsoft.Orleans.Runtime", "Microsoft.Orleans.Sdk"]),
        ["Silo"] = (["Clustering", "Grains", "ServiceDefaults", "Storage.Azure"], []),
        ["Api"] = (["Api.Server", "Clustering", "Grains.Interfaces", "ServiceDefaults", "Storage.Azure"], ["Microsoft.Orleans.Client"]),
        ["AppHost"] = (["Api", "Client", "Silo"], ["Aspire.Hosting.AppHost", "Aspire.Hosting.Azure.Storage", "Aspire.Hosting.Orleans"]),
        ["Client"] = (["Api.Contracts", "Appending"], []),

        // The engine for what happens offline and without a server: doctor, and the in-process bench.
        ["Cli"] = (["Abstractions", "Api.Contracts", "Client", "Engine"], ["System.CommandLine", "Spectre.Console"]),
    };

    public static TheoryData<string> Products => [.. ProjectGraph.Products.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Products))]
    public void A_product_refers_only_to_what_the_architecture_allows(string name)
    {
        Allowed.ShouldContainKey(name, $"{name} is not drawn in docs/ARCHITECTURE.md");
        var project = ProjectGraph.All[name];

        project.Projects.Except(Allowed[name].Projects).ShouldBeEmpty();
        project.Packages.Except(Allowed[name].Packages).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Standalone")]
    [InlineData("Cli")]
    [InlineData("Client")]
    [InlineData("Storage.Azure")]
    public void What_runs_without_a_cluster_needs_no_package_of_one(string name)
    {
        string[] reached = [name, .. ProjectGraph.Reach(name)];
        reached.SelectMany(static project => ProjectGraph.All[project].Packages)
            .Where(static package => package.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal) || package.StartsWith("Aspire.", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Only_the_fronts_know_the_web_framework(string name)
    {
        if (name is not ("Api" or "Api.Endpoints" or "Api.Server" or "ServiceDefaults" or "Silo" or "Standalone"))
            ProjectGraph.All[name].UsesAspNet.ShouldBeFalse();
    }

    [Fact]
    public void The_wire_and_the_disk_never_meet()
    {
        ProjectGraph.Reach("Api.Server").ShouldNotContain("Engine");
        ProjectGraph.Reach("Client").ShouldNotContain("Engine");
        ProjectGraph.Reach("Engine").ShouldNotContain("Api.Contracts");
    }

    /// <summary>Whoever has no packages of Orleans, Aspire or Azure still builds and tests these.</summary>
    [Theory]
    [InlineData("Standalone")]
    [InlineData("Client")]
    [InlineData("Cli")]
    public void One_node_needs_nothing_of_the_cluster(string name) =>
        ProjectGraph.Reach(name).Append(name).SelectMany(project => ProjectGraph.All[project].Packages)
            .ShouldNotContain(package => package.StartsWith("Microsoft.Orleans") || package.StartsWith("Aspire.") || package.StartsWith("Azure."));

    [Theory]
    [InlineData("Engine", "Microsoft.AspNetCore")]
    [InlineData("Engine", "Orleans.Runtime")]
    [InlineData("Engine", "Azure.")]
    [InlineData("Engine", "System.Net.Http")]
    [InlineData("Grains", "Azure.")]
    [InlineData("Grains.Interfaces", "Orleans.Log.Engine")]
    [InlineData("Abstractions", "Microsoft.")]
    [InlineData("Api.Contracts", "Microsoft.AspNetCore")]
    [InlineData("Client", "Microsoft.AspNetCore")]
    [InlineData("Appending", "Orleans.Log.Api")]
    [InlineData("Appending", "System.Net")]
    public void A_room_does_not_speak_of_what_it_must_not_know(string project, string forbidden)
    {
        var speakers = SourcesOf(project).Where(file => Repository.Read(file).Split('\n').Any(line =>
            line.TrimStart().StartsWith("using ", StringComparison.Ordinal) && line.Contains(' ' + forbidden, StringComparison.Ordinal)));

        speakers.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_refers_to_tests_or_benchmarks_but_tests_and_benchmarks()
    {
        var products = ProjectGraph.Products.Select(project => project.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var project in ProjectGraph.Products)
            project.Projects.ShouldAllBe(reference => products.Contains(reference), project.Name);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("Orleans.Log.sln").Replace('\\', '/');
        foreach (var project in ProjectGraph.All.Values)
            solution.ShouldContain($"{project.Folder}/{project.Name}.csproj\"");
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Every_product_has_a_suite(string name)
    {
        // The shapes of the wire are held by the suites of both of its ends, the port by the conformance suite of those who provide it.
        if (name is not ("Api.Contracts" or "Abstractions"))
            ProjectGraph.All.Keys.ShouldContain(name + ".Tests");
    }

    private static IEnumerable<string> SourcesOf(string project) =>
        Repository.Files(".cs").Where(file => file.StartsWith(project + "/", StringComparison.Ordinal));
}
