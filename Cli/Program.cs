using System.Runtime.InteropServices;
using Orleans.Log.Cli;
using Orleans.Log.Cli.Terminal;

using var stop = new CancellationTokenSource();

// The first Ctrl-C lets the verb put its temporary files and its terminal in order; a second one ends the process as usual.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return (int)await OlogApp.RunAsync(args, CliHost.OfProcess(), stop.Token);

void Stop(PosixSignalContext context)
{
    context.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
