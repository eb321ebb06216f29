import { expect, test } from 'vitest'
import { Expression, hclText, JsonText } from './hcl.ts'

test('a block stands as terraform fmt lays it out', () => {
  const block = {
    type: 'resource',
    labels: ['aws_iam_role', 'reader'],
    attributes: {
      name: 'reader',
      max_session_duration: 3600,
      left_out: undefined,
      assume_role_policy: new JsonText({ Statement: [{ Effect: 'Allow', Condition: {} }] }),
      arn: new Expression('aws_iam_role.other.arn'),
    },
    blocks: [{ type: 'timeouts', attributes: { create: '5m' } }],
  }
  expect(hclText(block)).toBe(`resource "aws_iam_role" "reader" {
  name                 = "reader"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Statement = [
      {
        Effect    = "Allow"
        Condition = {}
      },
    ]
  })
  arn = aws_iam_role.other.arn

  timeouts {
    create = "5m"
  }
}`)
})

test('what would begin a template, end a text or be no name is written so that it is read back as it was', () => {
  const attributes = { value: '${aws:username} %{if} "quoted" \\ \n', keys: { 'aws:SourceArn': 'a' } }
  expect(hclText({ type: 'locals', attributes })).toBe(`locals {
  value = "$\${aws:username} %%{if} \\"quoted\\" \\\\ \\n"
  keys = {
    "aws:SourceArn" = "a"
  }
}`)
})
