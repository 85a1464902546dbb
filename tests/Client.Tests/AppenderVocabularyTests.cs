using System.Reflection;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client.Appending;

namespace Orleans.Log.Client.Tests;

/// <summary>The appender knows no wire; what it spells and counts by itself is what the wire spells and counts.</summary>
public sealed class AppenderVocabularyTests
{
    private static readonly string[] OnlyOfClients = [nameof(LogClientErrors.Unreachable), nameof(LogClientErrors.StreamReplaced)];

    [Fact]
    public void Its_codes_are_those_of_the_wire()
    {
        var codes = Constants(typeof(LogClientErrors)).ExceptBy(OnlyOfClients, code => code.Key).ToDictionary();

        codes.Count.ShouldBeGreaterThan(5);
        codes.ShouldBeSubsetOf(Constants(typeof(WireErrors)));
    }

    [Fact]
    public void Its_bounds_are_those_of_the_wire() =>
        Constants(typeof(BatchBounds)).ShouldBeSubsetOf(Constants(typeof(WireLimits)));

    private static Dictionary<string, object> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).ToDictionary(field => field.Name, field => field.GetRawConstantValue()!);
}
