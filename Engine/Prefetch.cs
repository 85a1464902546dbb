using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Orleans.Log.Engine;

/// <summary>
/// Has the processor fetch memory that is about to be used, several lines at once and without waiting. Of a hundred thousand streams none is in its cache, and line by line, each waited for when it is
/// needed and again behind every lock, an append waits a microsecond for memory. Changes nothing but time, and does nothing where there is no instruction for it. Any thread.
/// </summary>
internal static unsafe class Prefetch
{
    private const int LineBytes = 64;

    /// <summary>The first bytes of an object.</summary>
    public static void Object<T>(T target, int bytes = LineBytes)
        where T : class
    {
        if (!Sse.IsSupported)
            return;

        // Should the collector move the object just now, something else is fetched for nothing.
        var first = (byte*)Unsafe.AsPointer(ref Unsafe.As<Fields>(target).First);
        for (var at = 0; at < bytes; at += LineBytes)
            Sse.Prefetch0(first + at);
    }

    /// <summary>An array's length, and one of its slots, which need not exist.</summary>
    public static void Slot<T>(T[] array, long index)
    {
        if (!Sse.IsSupported)
            return;

        ref var first = ref MemoryMarshal.GetArrayDataReference(array);
        Sse.Prefetch0((byte*)Unsafe.AsPointer(ref first) - sizeof(long));
        Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref first, (nint)index)));
    }

    // What any object looks like from its first field on; never made.
    private sealed class Fields(byte first)
    {
        public byte First = first;
    }
}
