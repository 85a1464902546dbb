using Microsoft.Extensions.Options;
using Orleans.Log.Engine;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Setup;

/// <summary>Holds the options against their ranges before the silo starts.</summary>
internal sealed class OrleansLogOptionsValidator(IOptions<OrleansLogOptions> options) : IConfigurationValidator
{
    /// <inheritdoc/>
    public void ValidateConfiguration()
    {
        var log = options.Value;
        if (string.IsNullOrWhiteSpace(log.DataDirectory))
            throw Bad(nameof(log.DataDirectory), "is not set: every silo needs a data directory of its own");

        if (log.RenewEvery < TimeSpan.FromMilliseconds(100) || log.RenewEvery > TimeSpan.FromMinutes(1))
            throw Bad(nameof(log.RenewEvery), $"is {log.RenewEvery}; it must be from 100 ms to 1 minute");

        if (log.StandstillAfter <= log.RenewEvery * 2 || log.StandstillAfter > TimeSpan.FromMinutes(10))
        {
            throw Bad(
                nameof(log.StandstillAfter),
                $"is {log.StandstillAfter}; it must be more than twice {nameof(log.RenewEvery)} ({log.RenewEvery}) and at most 10 minutes");
        }

        try
        {
            log.Node.Validate();
        }
        catch (OptionRangeException error)
        {
            throw new OrleansConfigurationException(
                $"OrleansLog:Node:{error.Option.Replace('.', ':')} is {error.Value}; it must be from {error.Least} to {error.Most}.",
                error);
        }
    }

    private static OrleansConfigurationException Bad(string option, string what) => new($"OrleansLog:{option} {what}.");
}
