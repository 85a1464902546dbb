using System.Reflection;
using Orleans.Log.Testing.Azurite;
using Orleans.Log.Testing.Blobs;
using Orleans.Log.Testing.Metadata;

namespace Orleans.Log.AzureStorage.Tests;

/// <summary>
/// The store in Azure, and metadata in it, do what the interfaces say, on a real server. The suite's tests are the rows of theories here, so that they can be skipped together where no
/// server can be had; elsewhere its classes are derived from.
/// </summary>
[Collection(AzuriteCollection.Name)]
public sealed class AzuriteConformanceTests
{
    private static readonly Type[] Suites =
    [
        typeof(BlobWriteConformance<AzuriteStoreFactory>),
        typeof(BlobReadConformance<AzuriteStoreFactory>),
        typeof(BlobListConformance<AzuriteStoreFactory>),
        typeof(BlobRaceConformance<AzuriteStoreFactory>),
        typeof(MetadataChangeConformance<BlobMetadataFactory<AzuriteStoreFactory>>),
        typeof(MetadataWatchConformance<BlobMetadataFactory<AzuriteStoreFactory>>),
    ];

    public static TheoryData<string, string> Tests
    {
        get
        {
            var tests = new TheoryData<string, string>();
            foreach (var test in Suites.SelectMany(suite => suite.GetMethods()).Where(IsTest))
                tests.Add(test.DeclaringType!.Name.Split('`')[0], test.Name);

            return tests;
        }
    }

    [AzuriteTheory]
    [MemberData(nameof(Tests))]
    public async Task The_store_in_Azure_conforms(string conformance, string test)
    {
        var method = Suites.Single(suite => suite.Name.Split('`')[0] == conformance).GetMethods().Single(method => method.Name == test);
        var rows = method.GetCustomAttributes<InlineDataAttribute>().SelectMany(data => data.GetData(method)).DefaultIfEmpty([]);
        foreach (var row in rows)
        {
            var suite = (IAsyncLifetime)Activator.CreateInstance(Implementation(method.DeclaringType!))!;
            await suite.InitializeAsync();
            try
            {
                await (Task)method.Invoke(suite, row)!;
            }
            finally
            {
                await suite.DisposeAsync();
            }
        }
    }

    [Fact]
    public void No_test_of_the_suite_is_forgotten() => Suites.ShouldAllBe(suite => suite.GetMethods().Any(IsTest));

    private static bool IsTest(MethodInfo method) => method.GetCustomAttribute<FactAttribute>() is not null;

    private static Type Implementation(Type suite) =>
        typeof(AzuriteConformanceTests).GetNestedTypes(BindingFlags.NonPublic).Single(type => type.BaseType == suite);

    private sealed class Writing : BlobWriteConformance<AzuriteStoreFactory>;

    private sealed class Reading : BlobReadConformance<AzuriteStoreFactory>;

    private sealed class Listing : BlobListConformance<AzuriteStoreFactory>;

    private sealed class Racing : BlobRaceConformance<AzuriteStoreFactory>;

    private sealed class Changing : MetadataChangeConformance<BlobMetadataFactory<AzuriteStoreFactory>>;

    private sealed class Watching : MetadataWatchConformance<BlobMetadataFactory<AzuriteStoreFactory>>;
}
