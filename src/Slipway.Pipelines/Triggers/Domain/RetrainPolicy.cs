namespace Slipway.Pipelines.Triggers.Domain;

/// <summary>When a model is worth training again. All windows are the monitor's.</summary>
/// <param name="Degradation">How far the recent loss must lie above the best one the model has shown: 0.1 is ten percent.</param>
/// <param name="Confidence">Of the one-sided test that it does lie above.</param>
/// <param name="RecentWindows">How many windows make "recent", and the stretch over which the best is measured.</param>
/// <param name="CooldownWindows">Windows between two trainings. A model that is far off (twice the loss) waits a third of it.</param>
/// <param name="MaxBackoff">A training whose challenger did not win doubles the cooldown, up to this many times over.</param>
/// <param name="MaxAgeWindows">Train after so many windows even if nothing is seen to be wrong; 0 is never.</param>
/// <param name="MinRows">Labelled rows that "recent" needs before it says anything.</param>
internal sealed record RetrainPolicy(
    double Degradation = 0.1, double Confidence = 0.95, int RecentWindows = 3, int CooldownWindows = 12, int MaxBackoff = 4, int MaxAgeWindows = 0, int MinRows = 20);

/// <summary>The champion's loss in one window.</summary>
internal readonly record struct WindowLoss(int Window, int Rows, double Mean, double Variance);

/// <summary>What happened before.</summary>
/// <param name="LastFiredWindow">The window at which the last training was started; null: none by this trigger.</param>
/// <param name="ConsecutiveLosses">Trainings since the last win whose challenger did not become champion.</param>
/// <param name="LostMends">
/// Those of them that were started because the champion had become worse; null is all of them. One that was started for age alone lost against a
/// champion with nothing wrong, which is no reason to wait longer when something is.
/// </param>
internal sealed record TrainingHistory(int? LastFiredWindow, int ConsecutiveLosses, int? LostMends = null);

/// <param name="ForAge">Fired because the last training is long ago, not because the champion had become worse.</param>
internal sealed record RetrainDecision(bool Fire, string Reason, bool ForAge = false);
