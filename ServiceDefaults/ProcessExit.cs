using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Orleans.Log.ServiceDefaults;

/// <summary>
/// Why a process ended, for scripts and service managers (docs/OPERATIONS.md lists all; never renumber): what any service can end for. A WAL that fails while serving ends the process by abort, which is 134 in a
/// shell: no code of ours, because nothing may run after it.
/// </summary>
public static class ProcessExit
{
    /// <summary>Shut down as asked.</summary>
    public const int Ok = 0;

    /// <summary>A defect: the stack trace is on standard error.</summary>
    public const int Defect = 1;

    /// <summary>An option is wrong.</summary>
    public const int Usage = 2;

    /// <summary>An address cannot be listened on.</summary>
    public const int Address = 7;

    /// <summary>The code for scripts and the one line for people; of what nobody foresaw, everything that is known.</summary>
    /// <param name="error">Why the process ends.</param>
    /// <param name="codeOf">Codes of what this service can end for besides; null for what it does not know. Asked first.</param>
    public static (int Code, string Message) Of(Exception error, Func<Exception, int?> codeOf)
    {
        ArgumentNullException.ThrowIfNull(codeOf);
        return codeOf(error) is { } code ? (code, error.Message) : error switch
        {
            SettingException => (Usage, error.Message),
            AddressInUseException => (Address, error.Message),
            SocketException => (Address, $"The address cannot be listened on: {error.Message}"),
            IOException { InnerException: AddressInUseException or SocketException } => (Address, error.Message),
            _ => (Defect, error.ToString()),
        };
    }
}
