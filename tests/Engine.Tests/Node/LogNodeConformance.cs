using Orleans.Log.Testing;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Engine.Tests.Node;

public sealed class LogNodeCatalogConformance : CatalogConformance<LogNodeFactory>;

public sealed class LogNodeAppendConformance : AppendConformance<LogNodeFactory>;

public sealed class LogNodeProducerConformance : ProducerConformance<LogNodeFactory>;

public sealed class LogNodeReadConformance : ReadConformance<LogNodeFactory>;

public sealed class LogNodeControlConformance : ControlConformance<LogNodeFactory>;

public sealed class LogNodeSnapshotConformance : SnapshotConformance<LogNodeStoreFactory>;
