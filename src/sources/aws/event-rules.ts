import type { EventBridgeClient, ListRulesResponse, ListTargetsByRuleResponse, Rule, Target } from '@aws-sdk/client-eventbridge'
import { allPages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'
import { wholeListOf, type ServiceReading } from './service-reading.ts'

const kind = 'aws/events/Rule'
/** AWS's services send their events to this bus alone. */
const EventBusName = 'default'

/** Every rule of the default bus, with the targets of those that wait for events: ten calls for 1,000 rules, and one for each with a pattern. */
export async function readEventRules(reading: ServiceReading): Promise<Part> {
  const { EventBridgeClient, ListRulesCommand } = await import('@aws-sdk/client-eventbridge')
  const events: EventBridgeClient = new EventBridgeClient(reading.options)
  const listed = await allPages<ListRulesResponse, Rule>(
    NextToken => {
      const input = { EventBusName, Limit: 100, NextToken }
      return reading.ask('events', 'ListRules', request => events.send(new ListRulesCommand(input), request))
    },
    page => page.Rules,
    page => page.NextToken,
  )
  return wholeListOf(reading, kind, listed, rule => readRule(reading, events, rule))
}

async function readRule({ ask, scope }: ServiceReading, events: EventBridgeClient, rule: Rule): Promise<Part> {
  const { Arn, Name, EventPattern } = rule
  if (Arn === undefined || Name === undefined) return nothing
  const call = `events:ListRules ${Name}`
  if (EventPattern === undefined) return { ...nothing, resources: [awsResource(kind, scope, rule, call)] }
  const { ListTargetsByRuleCommand } = await import('@aws-sdk/client-eventbridge')
  const targets = await allPages<ListTargetsByRuleResponse, Target>(
    NextToken => {
      const input = { EventBusName, Rule: Name, Limit: 100, NextToken }
      return ask('events', 'ListTargetsByRule', request => events.send(new ListTargetsByRuleCommand(input), request))
    },
    page => page.Targets,
    page => page.NextToken,
  )
  if (targets.refused === undefined)
    return { ...nothing, resources: [awsResource(kind, scope, { ...rule, Targets: targets.items.map(withoutContent) }, call)] }
  return together([
    { ...nothing, resources: [awsResource(kind, scope, rule, call)] },
    unreadPart({ kind, scope, id: Arn }, targets.refused, Arn),
  ])
}

/** What a target is sent may hold secrets, headers of its requests among them. */
const withoutContent = ({ Input: _, InputTransformer: __, HttpParameters: ___, ...target }: Target) => target
