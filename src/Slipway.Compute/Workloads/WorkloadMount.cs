namespace Slipway.Compute.Workloads;

/// <summary>
/// A folder or file of the host shown to the workload under another path. A backend with a file system of its own mounts it. The process backend
/// cannot: it writes <paramref name="Source"/> for every mention of <paramref name="Target"/> in the command, the arguments and the variables.
/// </summary>
/// <param name="Source">Absolute path on the host.</param>
/// <param name="Target">Absolute path as the workload knows it.</param>
public sealed record WorkloadMount(string Source, string Target, bool ReadOnly = false);
