"""Text that transformers makes of conversations by chat templates.

    tools/peers/run chat_templates.py extract FOLDER    templates of the wheels and packages in a folder
    tools/peers/run chat_templates.py render            {"templates", "conversations"} on stdin

`extract` prints the templates by their names; `render` prints one list of results for each template, each with and
without the beginning of an answer: {"text"} or {"error"}.
"""

import ast
import json
import sys
from pathlib import Path

SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def text_of(node, names):
    """The text of an expression of texts; ValueError for any other."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left, names) + text_of(right, names)
        case ast.Call(func=ast.Attribute(value=value, attr="replace"), args=[old, new, *count]):
            count = [each.value for each in count if isinstance(each, ast.Constant)]
            return text_of(value, names).replace(text_of(old, names), text_of(new, names), *count)
    raise ValueError


def constants_of(source):
    """Variables of a Python module that are texts, without running it."""
    names = {}
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                try:
                    names[name] = text_of(value, names)
                except ValueError:
                    pass
    return names


def extract(folder):
    templates = {}
    for path in sorted(folder.rglob("*.jinja")):
        templates[str(path.relative_to(folder))] = path.read_text()
    for path in sorted(folder.rglob("chat_templates.py")):
        for name, text in constants_of(path.read_text()).items():
            is_jinja = name.endswith("_template") and "ollama" not in name
            if is_jinja and ("{%" in text or "{{" in text):
                templates[f"{path.relative_to(folder)}:{name}"] = text
    for path in sorted(folder.rglob("tokenizer_config.json")):
        given = json.loads(path.read_text()).get("chat_template")
        named = given if isinstance(given, list) else [{"name": "default", "template": given}] if given else []
        for each in named:
            templates[f"{path.relative_to(folder)}:{each['name']}"] = each["template"]
    return {name: text for name, text in templates.items() if text.strip()}


def render(template, conversation, adds_generation_prompt):
    from transformers.utils.chat_template_utils import _normalize_chat_messages, render_jinja_template

    try:
        texts, _ = render_jinja_template(
            [_normalize_chat_messages(conversation["messages"])],
            tools=conversation.get("tools"),
            documents=conversation.get("documents"),
            chat_template=template,
            add_generation_prompt=adds_generation_prompt,
            **SPECIAL_TOKENS,
            **conversation.get("variables", {}),
        )
        return {"text": texts[0]}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    if sys.argv[1] == "extract":
        print(json.dumps(extract(Path(sys.argv[2]))))
        return
    given = json.load(sys.stdin)
    print(
        json.dumps(
            {
                "specialTokens": SPECIAL_TOKENS,
                "results": [
                    [
                        {str(adds).lower(): render(template, conversation, adds) for adds in (True, False)}
                        for conversation in given["conversations"]
                    ]
                    for template in given["templates"]
                ],
            }
        )
    )


main()
