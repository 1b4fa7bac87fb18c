using Microsoft.Extensions.DependencyInjection;

namespace Slipway.Platform.Controllers;

/// <summary>How controllers run in this process.</summary>
public sealed record ControllerOptions
{
    /// <summary>Reconciles at the same time, per controller.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Every key is looked at this often even if nothing happens: what events missed is found here.</summary>
    public TimeSpan ResyncEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A leader that is gone is replaced after this long.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A third of the duration: two renewals may fail before the lease is lost.</summary>
    public TimeSpan RenewEvery => LeaseDuration / 3;

    /// <summary>After a failure of the surroundings, such as a database that is away.</summary>
    public TimeSpan PauseAfterFailure { get; init; } = TimeSpan.FromSeconds(1);

    public QueueLimits Limits { get; init; } = QueueLimits.Default;
}

public static class ControllerServices
{
    /// <summary>Registers a controller; the runtime starts it when this process leads.</summary>
    public static IServiceCollection AddController<T>(this IServiceCollection services)
        where T : class, IController => services.AddSingleton<T>().AddSingleton<IController>(provider => provider.GetRequiredService<T>());

    /// <summary>Registers a controller that runs in every replica, whoever leads.</summary>
    public static IServiceCollection AddReplicaController<T>(this IServiceCollection services)
        where T : class, IController => services.AddSingleton<T>().AddSingleton(provider => new ReplicaController(provider.GetRequiredService<T>()));
}
