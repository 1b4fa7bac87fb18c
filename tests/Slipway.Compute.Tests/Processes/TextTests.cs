using Slipway.Compute.Processes;
using Slipway.Compute.Processes.Cgroups;
using Slipway.Compute.Processes.Native;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Tests.Processes;

public sealed class TextTests
{
    private static readonly WorkloadMount[] Mounts = [new("/host/data/", "/mnt"), new("/host/keys", "/mnt/keys"), new("/same", "/same")];

    [Theory]
    [InlineData("/mnt", "/host/data")]
    [InlineData("cat /mnt/a.csv '/mnt/keys/b' \"/mnt\"", "cat /host/data/a.csv '/host/keys/b' \"/host/data\"")]
    [InlineData("--in=/mnt/a:/mnt/keys", "--in=/host/data/a:/host/keys")]
    [InlineData("/mnt2 /data/mnt x/mnt ./mnt /mnt-old /mnt.txt /same/x", "/mnt2 /data/mnt x/mnt ./mnt /mnt-old /mnt.txt /same/x")]
    [InlineData("nothing", "nothing")]
    public void AMention_OfAMount_BecomesItsSource(string text, string expected) => Assert.Equal(expected, MountText.Rewrite(text, Mounts));

    [Fact]
    public void ControlGroups_AreReadInEveryForm()
    {
        const string hybrid = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        var read = CgroupMounts.Read(hybrid, "4:memory:/not/there\n2:cpu,cpuacct:/\n0::/\n");
        Assert.Equal("/sys/fs/cgroup/unified", read.Unified);
        // A path that is not below the mount, as in a container that shares the host's groups.
        Assert.Equal("/sys/fs/cgroup/memory", read.Legacy["memory"]);
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct", read.Legacy["cpu"]);

        var unified = CgroupMounts.Read("30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n", "0::/../..\n");
        Assert.Equal("/sys/fs/cgroup", unified.Unified);
        Assert.Empty(unified.Legacy);
        Assert.Null(CgroupMounts.Read("", "").Unified);
    }

    [Fact]
    public void LastWords_AreTheEnd_HoweverTheyCame()
    {
        var words = new LastWords();
        Assert.Null(words.Reason([]));
        for (var i = 0; i < 500; i++)
        {
            words.Hear(System.Text.Encoding.UTF8.GetBytes($"line {i}\n"));
        }

        Assert.Equal("line 499", words.Reason([]));
        words.Hear(System.Text.Encoding.UTF8.GetBytes(new string('x', 10_000) + "\nMemoryError\n\n"));
        Assert.Equal("MemoryError", words.Reason([]));
        Assert.True(words.SpeakOfMemory);
        Assert.False(words.SpeakOfDisk);
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(250, "250 ms")]
    [InlineData(1500, "1.5 s")]
    [InlineData(125_000, "2 min 5 s")]
    [InlineData(12_000_000, "3 h 20 min")]
    public void Durations_ReadWell(int milliseconds, string expected) => Assert.Equal(expected, DurationWords.Of(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Markers_GoThroughText()
    {
        var marker = new WorkloadMarker("process", "a-1") { Boot = "b", Pid = 7, StartTicks = 99, Session = 7, Cgroup = "/x" };
        Assert.Equal(marker, WorkloadMarker.Parse(marker.ToText()));
        Assert.Null(WorkloadMarker.Parse("{broken"));
    }

    [Fact]
    public void EveryOutcome_HasWordsAndACodeOfItsOwn()
    {
        WorkloadOutcome[] all =
        [
            new WorkloadOutcome.Succeeded(), new WorkloadOutcome.Failed(3), new WorkloadOutcome.Killed(11), new WorkloadOutcome.OutOfMemory(1 << 30), new WorkloadOutcome.TimedOut(TimeSpan.FromMinutes(2)),
            new WorkloadOutcome.Cancelled(), new WorkloadOutcome.DiskFull(null), new WorkloadOutcome.CouldNotStart("no such thing"),
        ];
        Assert.Equal(typeof(WorkloadOutcome).GetNestedTypes().Length, all.Length);
        Assert.Equal(all.Length, all.Select(o => o.Code).Distinct().Count());
        Assert.All(all, o => Assert.EndsWith(o is WorkloadOutcome.CouldNotStart ? "thing" : ".", o.Words, StringComparison.Ordinal));
        Assert.Contains("1 GiB", all[3].Words, StringComparison.Ordinal);
        Assert.Contains("2 min", all[4].Words, StringComparison.Ordinal);
    }
}
