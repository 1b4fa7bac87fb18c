using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Tests.Domain;

public class PlaceholdersTests
{
    private static readonly JsonObject Parameters = (JsonObject)JsonNode.Parse(
        """{"n": 5, "text": "five", "flag": true, "none": null, "list": [1, "2"], "obj": {"k": 0.5}, "trap": "${{ run.id }}", "money": "$1 $& \\d"}""")!;

    private static readonly Dictionary<string, JsonObject?> Outputs = new() { ["made"] = new JsonObject { ["rows"] = 7, ["nothing"] = null }, ["skipped"] = null };

    [Theory]
    [InlineData("\"${{ params.n }}\"", "5")]
    [InlineData("\"${{params.flag}}\"", "true")]
    [InlineData("\"${{  params.none  }}\"", "null")]
    [InlineData("\"${{ params.list }}\"", "[1,\"2\"]")]
    [InlineData("\"${{ params.obj }}\"", "{\"k\":0.5}")]
    [InlineData("\"${{ steps.made.outputs.rows }}\"", "7")]
    [InlineData("\"${{ steps.made.outputs.nothing }}\"", "null")]
    [InlineData("\"${{ steps.skipped.outputs.anything }}\"", "null")]
    [InlineData("\"${{ run.id }}\"", "\"r1\"")]
    public void OnePlaceholderAlone_KeepsItsType(string given, string expected) => Assert.Equal(expected, Resolve(given).OrThrow()?.ToJsonString() ?? "null");

    [Theory]
    [InlineData("\"n=${{ params.n }}, ${{ params.text }}\"", "\"n=5, five\"")]
    [InlineData("\"[${{ params.none }}]\"", "\"[]\"")]
    [InlineData("\"${{ params.n }}${{ params.n }}\"", "\"55\"")]
    [InlineData("\" ${{ params.flag }}\"", "\" true\"")]
    [InlineData("\"plain $ {{ text }}\"", "\"plain $ {{ text }}\"")]
    public void PlaceholdersInText_BecomeText(string given, string expected) => Assert.Equal(expected, Resolve(given).OrThrow()!.ToJsonString());

    [Fact]
    public void DeepValues_AreFilledInAndOthersStay()
    {
        var resolved = Resolve("""{"a": [{"b": "${{ params.n }}"}, 1.50, null], "c": true}""").OrThrow()!;

        Assert.Equal("""{"a":[{"b":5},1.50,null],"c":true}""", resolved.ToJsonString());
    }

    [Fact]
    public void WhatWasFilledIn_IsNotReadAgain()
    {
        Assert.Equal("${{ run.id }}", (string)Resolve("\"${{ params.trap }}\"").OrThrow()!);
        Assert.Equal("x ${{ run.id }}", (string)Resolve("\"x ${{ params.trap }}\"").OrThrow()!);
        Assert.Equal("x $1 $& \\d", (string)Resolve("\"x ${{ params.money }}\"").OrThrow()!);
    }

    [Fact]
    public void FilledInValues_AreCopies()
    {
        var resolved = (JsonObject)Resolve("""{"o": "${{ params.obj }}"}""").OrThrow()!;
        resolved["o"]!["k"] = 9;

        Assert.Equal(0.5, (double)Parameters["obj"]!["k"]!);
    }

    [Fact]
    public void OutputThatWasNotMade_IsAProblemThatNamesThoseThatWere()
    {
        var problem = Resolve("""{"a": ["x ${{ steps.made.outputs.cols }}"]}""").Problem!;

        Assert.Equal((ProblemCode.Invalid, "step 'made' has no output 'cols'; it has: rows, nothing"), (problem.Code, problem.Message));
    }

    [Theory]
    [InlineData("${{ params.n }}", "Parameter { Name = n }")]
    [InlineData("a ${{ steps.s-1.outputs.o_2 }} ${{run.id}}", "StepOutput { Step = s-1, Output = o_2 } RunId { }")]
    [InlineData("${{ params.a.b }} ${{ }}", "Unreadable { Text = params.a.b } Unreadable { Text =  }")]
    [InlineData("${{ params.n\n}}", "Parameter { Name = n }")]
    [InlineData("${{ params.n }} ${{ params.m", "Parameter { Name = n } Unreadable { Text = ${{ params.m }")]
    [InlineData("nothing", "")]
    public void References_AreFound(string text, string expected) => Assert.Equal(expected, string.Join(' ', Placeholders.ReferencesIn(text)));

    [Theory]
    [InlineData("null", false)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("0.0", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"false\"", false)]
    [InlineData("true", true)]
    [InlineData("-0.5", true)]
    [InlineData("1e400", true)]
    [InlineData("\"no\"", true)]
    [InlineData("[]", true)]
    [InlineData("{}", true)]
    public void Truth_IsEverythingButNothing(string json, bool expected) => Assert.Equal(expected, Placeholders.IsTruthy(JsonNode.Parse(json)));

    [Fact]
    public void NumbersSetInCode_AreReadLikeThoseFromTheWire()
    {
        Assert.False(Placeholders.IsTruthy(JsonValue.Create(0)));
        Assert.False(Placeholders.IsTruthy(JsonValue.Create(0m)));
        Assert.True(Placeholders.IsTruthy(JsonValue.Create(3L)));
    }

    private static Result<JsonNode?> Resolve(string json) => Placeholders.Resolve(JsonNode.Parse(json), Parameters, "r1", Outputs);
}
