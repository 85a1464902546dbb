using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>What the log is told to leave out.</summary>
public sealed class LogLevelTests
{
    [Theory]
    [InlineData(LogLevel.Debug, LogLevel.Warning, true)]
    [InlineData(LogLevel.Debug, LogLevel.Information, false)]
    [InlineData(LogLevel.Error, LogLevel.Warning, false)]
    [InlineData(LogLevel.None, LogLevel.Critical, false)]
    public async Task Log_level_holds_for_the_web_server_too(LogLevel level, LogLevel message, bool logged)
    {
        var builder = WebServer.CreateBuilder(new ServerOptions { LogLevel = level });
        builder.AddServiceDefaults();
        await using var server = builder.Build();

        server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Microsoft.AspNetCore.Server").IsEnabled(message).ShouldBe(logged);
    }
}
