using System.Globalization;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Bench;

/// <summary>A run's result for people, and the line of a run that is going on.</summary>
internal static class BenchReport
{
    public static string Line(BenchProgress counts) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Amounts.Count(counts.RecordsPerSecond)} records/s, p50 {Amounts.Count(counts.P50Us)} µs, p99 {Amounts.Count(counts.P99Us)} µs");

    public static void Write(CliOutput output, BenchResult result)
    {
        if (output.Json)
            output.WriteJson(result, CliJson.Default.BenchResult);
        else
            output.WriteTable(["", ""], Rows(result));
    }

    private static List<string[]> Rows(BenchResult result)
    {
        var (latency, durability) = (result.LatencyUs, result.Durability);
        return
        [
            ["path", $"{result.Path}, {result.Loop} loop{(result.TargetRate is { } rate ? $" at {Amounts.Count(rate)} records/s" : string.Empty)}"],
            ["work", $"{result.Clients} clients × {result.Outstanding} outstanding, batches of {result.Batch} × {result.RecordBytes} B, {result.Streams} streams"],
            ["kept", result.KeepBytes is { } kept ? Amounts.Bytes(kept) : "everything"],
            ["records", Amounts.Count(result.Records)],
            ["records/s", Amounts.Count(result.RecordsPerSecond)],
            ["MiB/s", Number(result.MibPerSecond)],
            ["p50 µs", Number(latency.P50)],
            ["p90 µs", Number(latency.P90)],
            ["p99 µs", Number(latency.P99)],
            ["p99.9 µs", Number(latency.P999)],
            ["max µs", Number(latency.Max)],
            ["refused", Amounts.Count(result.Refused)],
            ["late", Amounts.Count(result.Late)],
            ["allocated B/record", Number(result.AllocatedBytesPerRecord)],
            ["processor µs/record", Number(result.ProcessorUsPerRecord)],
            ["durable by", durability.Method],
            ["flushes", durability.Flushes is { } flushes ? Amounts.Count(flushes) : "unknown"],
            ["records/flush", durability.RecordsPerFlush is { } share ? Number(share) : "unknown"],
            ["device flushes", durability.DeviceFlushes is { } device ? Amounts.Count(device) : "unknown"],
        ];
    }

    private static string Number(double value) => value.ToString("#,##0.##", CultureInfo.InvariantCulture);
}
