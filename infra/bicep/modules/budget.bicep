metadata description = 'The monthly budget of the resource group, and at which shares of it somebody is told.'

import { BudgetSettings } from '../types.bicep'

@description('Required. Name.')
param name string

@description('Required. Amount, first day and thresholds.')
param settings BudgetSettings

@description('Required. Whom it writes to.')
param emails string[]

var spent = toObject(settings.thresholds, threshold => 'spent-${threshold}', threshold => {
  enabled: true
  operator: 'GreaterThanOrEqualTo'
  threshold: threshold
  thresholdType: 'Actual'
  contactEmails: emails
})
var expected = {
  'expected-100': {
    enabled: true
    operator: 'GreaterThanOrEqualTo'
    threshold: 100
    thresholdType: 'Forecasted'
    contactEmails: emails
  }
}

resource budget 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: settings.amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: settings.startDate }
    notifications: union(spent, expected)
  }
}

@description('Resource id.')
output id string = budget.id
